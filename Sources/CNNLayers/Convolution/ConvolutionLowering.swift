internal import CNNGraph
internal import CNNKernels

/// Turns the geometry of a convolution into pixel and tap classes: which outputs read the same taps, so that no
/// kernel ever meets the padding.
struct ConvolutionLowering {
  let window: Window2D
  let groups: Int
  /// `[kh, kw, in / groups, out]`
  let kernel: [Int]

  private var inputChannels: Int { kernel[2] * groups }
  private var outputChannels: Int { kernel[3] }
  private var rows: WindowGeometry { window.rows }
  private var columns: WindowGeometry { window.columns }
  private var inputRow: Int { columns.size * inputChannels }
  private var outputRow: Int { columns.output * outputChannels }

  /// Outputs of one axis whose windows see the same taps.
  private struct OutputBand {
    let outputs: Range<Int>
    let taps: Range<Int>
  }

  private func outputBands(_ axis: WindowGeometry) -> [OutputBand] {
    var bands: [OutputBand] = []
    for output in 0..<axis.output {
      let taps = axis.taps(at: output)
      if let last = bands.last, last.taps == taps {
        bands[bands.count - 1] = OutputBand(outputs: last.outputs.lowerBound..<output + 1, taps: taps)
      } else {
        bands.append(OutputBand(outputs: output..<output + 1, taps: taps))
      }
    }
    return bands
  }

  /// Classes of the forward product: x against the filter.
  var forward: [PixelClass] {
    var classes: [PixelClass] = []
    for row in outputBands(rows) {
      for column in outputBands(columns) {
        // The first pixel's first real tap is where its runs are counted from.
        let firstRow = rows.start(at: row.outputs.lowerBound) + row.taps.lowerBound * rows.dilation
        let firstColumn = columns.start(at: column.outputs.lowerBound) + column.taps.lowerBound * columns.dilation
        classes.append(
          PixelClass(
            firstRow: row.outputs.lowerBound, rows: row.outputs.count, columns: column.outputs.count,
            xOffset: row.taps.isEmpty || column.taps.isEmpty ? 0 : firstRow * inputRow + firstColumn * inputChannels,
            xRow: rows.stride * inputRow, xColumn: columns.stride * inputChannels,
            yOffset: row.outputs.lowerBound * outputRow + column.outputs.lowerBound * outputChannels,
            yRow: outputRow, yColumn: outputChannels, runs: forwardRuns(row.taps, column.taps)))
      }
    }
    return classes
  }

  private func forwardRuns(_ rowTaps: Range<Int>, _ columnTaps: Range<Int>) -> [Run] {
    var runs: [Run] = []
    let perTap = kernel[2]
    for (r, row) in rowTaps.enumerated() {
      for (c, column) in columnTaps.enumerated() {
        let run = Run(
          x: r * rows.dilation * inputRow + c * columns.dilation * inputChannels,
          k: (row * columns.window + column) * perTap, count: perTap)
        append(run, to: &runs)
      }
    }
    return runs
  }

  /// Joins a run with the one before it where both its values and its filter rows follow on.
  private func append(_ run: Run, to runs: inout [Run]) {
    if let last = runs.last, last.x + last.count == run.x, last.k + last.count == run.k {
      runs[runs.count - 1].count += run.count
    } else {
      runs.append(run)
    }
  }

  /// Inputs of one axis, a stride apart, that the same taps reach; for each tap which output it comes from, at the
  /// first of them.
  private struct InputBand {
    var first, count: Int
    let step: Int
    let taps: [(tap: Int, output: Int)]
  }

  private func inputBands(_ axis: WindowGeometry) -> [InputBand] {
    var bands: [InputBand] = []
    for phase in 0..<min(axis.stride, axis.size) {
      var open: InputBand?
      for input in stride(from: phase, to: axis.size, by: axis.stride) {
        // Taps in reverse, so that the outputs they come from ascend.
        let taps: [(tap: Int, output: Int)] = (0..<axis.window).reversed().compactMap { tap in
          let shifted = input + axis.paddingBefore - tap * axis.dilation
          guard shifted >= 0, shifted % axis.stride == 0, shifted / axis.stride < axis.output else { return nil }
          return (tap, shifted / axis.stride)
        }
        if let band = open, band.taps.map(\.tap) == taps.map(\.tap) {
          open?.count = band.count + 1
        } else {
          if let open { bands.append(open) }
          open = InputBand(first: input, count: 1, step: axis.stride, taps: taps)
        }
      }
      if let open { bands.append(open) }
    }
    return bands
  }

  /// Where each tap is in the transposed filter that the backward product reads: in the reverse order, but those of a row
  /// that reach the same inputs, a stride apart, follow on, as the outputs that they come from do.
  var tapPlaces: TapPlaces {
    let columnPlaces = columns.gradientPlaces
    return tapPlaces(columnPlaces.map { TapPlaces.Place(index: $0) }, count: columns.window, phases: 1)
  }

  /// The same where the columns of a stride are made together: see `JoinedColumns`.
  func tapPlaces(_ joined: JoinedColumns) -> TapPlaces {
    tapPlaces(joined.places, count: joined.outputs.count, phases: columns.stride)
  }

  private func tapPlaces(_ ofColumns: [TapPlaces.Place], count: Int, phases: Int) -> TapPlaces {
    let places = (0..<rows.window).reversed().flatMap { row in
      ofColumns.map { TapPlaces.Place(index: row * count + $0.index, phase: $0.phase) }
    }
    return TapPlaces(places, count: rows.window * count, phases: phases)
  }

  /// Classes of the backward product: dy against the transposed filter.
  ///
  /// - Parameter tapPlaces: of the taps in that filter; reversed by default.
  func backward(tapPlaces: TapPlaces? = nil) -> [PixelClass] {
    let tapPlaces = tapPlaces ?? .reversed(rows.window * columns.window)
    var classes: [PixelClass] = []
    for row in inputBands(rows) {
      // Rows that no window reaches are whole rows of zeros.
      let columnBands =
        row.taps.isEmpty ? [InputBand(first: 0, count: columns.size, step: 1, taps: [])] : inputBands(columns)
      for column in columnBands {
        let firstRow = row.taps.map(\.output).min() ?? 0
        let firstColumn = column.taps.map(\.output).min() ?? 0
        var runs: [Run] = []
        for r in row.taps {
          for c in column.taps {
            let tap = r.tap * columns.window + c.tap
            let place = tapPlaces.places[tap].index
            // Outputs of a group are a stretch of the channels, so runs join only where there is one group.
            append(
              Run(
                x: (r.output - firstRow) * outputRow + (c.output - firstColumn) * outputChannels,
                k: place * outputChannels, count: outputChannels / groups), to: &runs)
          }
        }
        classes.append(
          PixelClass(
            firstRow: row.first, rowStep: rows.stride, rows: row.count, columns: column.count,
            xOffset: firstRow * outputRow + firstColumn * outputChannels,
            xRow: runs.isEmpty ? 0 : outputRow, xColumn: runs.isEmpty ? 0 : outputChannels,
            yOffset: row.first * inputRow + column.first * inputChannels, yRow: rows.stride * inputRow,
            yColumn: column.step * inputChannels, runs: runs))
      }
    }
    return classes
  }

  /// The same with the columns of a stride as one pixel of as many times the channels. One group.
  func backward(_ joined: JoinedColumns) -> [PixelClass] {
    var classes: [PixelClass] = []
    let pixel = columns.stride * inputChannels
    for row in inputBands(rows) {
      // Rows that no window reaches are whole rows of zeros.
      let bands = row.taps.isEmpty ? [(pixels: 0..<columns.size / columns.stride, outputs: 0..<0)] : joined.bands
      for band in bands {
        let firstRow = row.taps.map(\.output).min() ?? 0
        let firstColumn = band.pixels.lowerBound + band.outputs.lowerBound
        let place = band.outputs.lowerBound - joined.outputs.lowerBound
        let runs = (band.outputs.isEmpty ? [] : row.taps).map { tap in
          Run(
            x: (tap.output - firstRow) * outputRow,
            k: ((rows.window - 1 - tap.tap) * joined.outputs.count + place) * outputChannels,
            count: band.outputs.count * outputChannels)
        }
        classes.append(
          PixelClass(
            firstRow: row.first, rowStep: rows.stride, rows: row.count, columns: band.pixels.count,
            xOffset: runs.isEmpty ? 0 : firstRow * outputRow + firstColumn * outputChannels,
            xRow: runs.isEmpty ? 0 : outputRow, xColumn: runs.isEmpty ? 0 : outputChannels,
            yOffset: row.first * inputRow + band.pixels.lowerBound * pixel, yRow: rows.stride * inputRow,
            yColumn: pixel, runs: runs))
      }
    }
    return classes
  }

  /// Classes of the filter's gradient: x against dy, for taps that see the same rectangle of outputs.
  var filter: [TapClass] {
    tapBands(rows).flatMap { row in
      tapBands(columns).map { tapClass(row.taps, column: $0.taps, outputs: row.outputs, columnOutputs: $0.outputs) }
    }
  }

  /// The same for outputs that see the same taps: all of a window together, but for the borders' outputs.
  var filterByOutputs: [TapClass] {
    outputBands(rows).flatMap { row in
      outputBands(columns).map { tapClass(row.taps, column: $0.taps, outputs: row.outputs, columnOutputs: $0.outputs) }
    }
  }

  /// Taps that all of the outputs see.
  private func tapClass(
    _ rowTaps: Range<Int>, column columnTaps: Range<Int>, outputs rowOutputs: Range<Int>,
    columnOutputs: Range<Int>
  ) -> TapClass {
    var inputs: [Int] = []
    var outputs: [Int] = []
    for r in rowTaps {
      for c in columnTaps {
        for channel in 0..<kernel[2] {
          inputs.append(
            (r - rowTaps.lowerBound) * rows.dilation * inputRow
              + (c - columnTaps.lowerBound) * columns.dilation * inputChannels + channel)
          outputs.append(((r * columns.window + c) * kernel[2] + channel) * outputChannels)
        }
      }
    }
    let firstRow = rows.start(at: rowOutputs.lowerBound) + rowTaps.lowerBound * rows.dilation
    let firstColumn = columns.start(at: columnOutputs.lowerBound) + columnTaps.lowerBound * columns.dilation
    return TapClass(
      firstRow: rowOutputs.lowerBound, rows: rowOutputs.count, columns: columnOutputs.count,
      xOffset: inputs.isEmpty ? 0 : firstRow * inputRow + firstColumn * inputChannels,
      xRow: rows.stride * inputRow, xColumn: columns.stride * inputChannels,
      yOffset: rowOutputs.lowerBound * outputRow + columnOutputs.lowerBound * outputChannels, yRow: outputRow,
      yColumn: outputChannels, inputs: inputs, outputs: outputs)
  }

  private func tapBands(_ axis: WindowGeometry) -> [(taps: Range<Int>, outputs: Range<Int>)] {
    var bands: [(taps: Range<Int>, outputs: Range<Int>)] = []
    for tap in 0..<axis.window {
      let outputs = axis.outputs(for: tap)
      if let last = bands.last, last.outputs == outputs {
        bands[bands.count - 1].taps = last.taps.lowerBound..<tap + 1
      } else {
        bands.append((tap..<tap + 1, outputs))
      }
    }
    return bands
  }

  var shape: ConvolutionShape {
    ConvolutionShape(
      inputCount: rows.size * inputRow, outputCount: rows.output * outputRow, inputRows: rows.size,
      rowStride: rows.stride, paddingTop: rows.paddingBefore, outputRows: rows.output,
      outputPixels: rows.output * columns.output, groups: groups, inputChannels: kernel[2],
      outputChannels: outputChannels / groups, filterRows: kernel[0] * kernel[1] * kernel[2], pool: nil)
  }

  /// The same convolution in one kernel, if there is one of that form. One group.
  func whole(_ form: ConvolutionForm) -> (any ImageConvolution)? {
    func axis(_ of: WindowGeometry) -> ConvolutionAxis {
      ConvolutionAxis(
        input: of.size, output: of.output, window: of.window, stride: of.stride, dilation: of.dilation,
        padding: of.paddingBefore)
    }
    return switch form {
    case .alongOutputs, .alongValues, .alongFours: nil
    case .alongPixels:
      PlaneConvolution(
        rows: axis(rows), columns: axis(columns), inputChannels: kernel[2], outputChannels: kernel[3])
    case .alongBoth:
      FlatConvolution(
        rows: axis(rows), columns: axis(columns), inputChannels: kernel[2], outputChannels: kernel[3])
    case .winograd:
      WinogradConvolution(
        rows: axis(rows), columns: axis(columns), inputChannels: kernel[2], outputChannels: kernel[3])
    }
  }

  /// Classes of a depthwise product, lowered with a group a channel: runs of one tap each, counted in taps.
  ///
  /// - Parameter isBackward: of the output's gradient against the filter as it is stored, not transposed.
  func depthwise(isBackward: Bool) -> [PixelClass] {
    precondition(kernel[2] == 1 && groups == outputChannels, "a group a channel")
    let taps = rows.window * columns.window
    return (isBackward ? backward() : forward).map { item in
      var single = item
      single.runs = item.runs.flatMap { run in
        (0..<run.count).map { step in
          let row = run.k + step
          return Run(x: run.x + step, k: isBackward ? taps - 1 - row / outputChannels : row, count: 1)
        }
      }
      return single
    }
  }
}

/// A row of an input's gradient with strides, whose columns of one stride are made together, as one pixel.
///
/// They lie side by side in memory, fill vectors better than each alone, and are stored in one go. Some of their taps
/// reach one of the columns and not the others: these products are with zeros. After Shi et al., "Is the deconvolution
/// layer the same as a convolutional layer?" (arXiv 1609.07009).
struct JoinedColumns: Hashable {
  /// Relative to the pixel, the outputs that its columns get something from.
  let outputs: Range<Int>
  /// Of each tap of the window: which of the outputs it carries back, and to which column.
  let places: [TapPlaces.Place]
  private let pixels, outputCount: Int

  /// - Returns: `nil` without strides, or where the last stride of columns is not whole.
  init?(_ axis: WindowGeometry) {
    guard axis.stride > 1, axis.size % axis.stride == 0 else { return nil }
    // An output's tap reaches the input at output * stride + shift.
    let taps = (0..<axis.window).map { tap in
      let shift = tap * axis.dilation - axis.paddingBefore
      let phase = (shift % axis.stride + axis.stride) % axis.stride
      return (output: (phase - shift) / axis.stride, phase: phase)
    }
    guard let first = taps.map(\.output).min(), let last = taps.map(\.output).max() else { return nil }
    outputs = first..<last + 1
    places = taps.map { TapPlaces.Place(index: $0.output - first, phase: $0.phase) }
    pixels = axis.size / axis.stride
    outputCount = axis.output
  }

  /// Pixels that follow on and get something from the same outputs, relative to each.
  var bands: [(pixels: Range<Int>, outputs: Range<Int>)] {
    var bands: [(pixels: Range<Int>, outputs: Range<Int>)] = []
    for pixel in 0..<pixels {
      let clamped = outputs.clamped(to: -pixel..<max(-pixel, outputCount - pixel))
      let there = clamped.isEmpty ? 0..<0 : clamped
      if let last = bands.last, last.outputs == there {
        bands[bands.count - 1].pixels = last.pixels.lowerBound..<pixel + 1
      } else {
        bands.append((pixel..<pixel + 1, there))
      }
    }
    return bands
  }
}
