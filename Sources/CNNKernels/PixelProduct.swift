internal import CKernels

/// Consecutive input values against consecutive filter rows: offsets in floats, relative to the pixel.
package struct Run: Sendable, Hashable {
  package var x: Int
  package var k: Int
  package var count: Int
  package init(x: Int, k: Int, count: Int) {
    self.x = x
    self.k = k
    self.count = count
  }
}

/// A rectangle of pixels of one image that read the same taps: none of them reaches into the padding.
package struct PixelClass: Sendable, Hashable {
  /// The image's row that the first of them is in, counted in what the product writes, and from one to the next.
  package var firstRow: Int
  package var rowStep: Int
  package var rows, columns: Int
  /// Where the first pixel reads and writes, and the steps to the next row and column, in floats.
  package var xOffset, xRow, xColumn: Int
  package var yOffset, yRow, yColumn: Int
  package var runs: [Run]

  package init(
    firstRow: Int, rowStep: Int = 1, rows: Int, columns: Int, xOffset: Int, xRow: Int, xColumn: Int, yOffset: Int,
    yRow: Int, yColumn: Int, runs: [Run]
  ) {
    self.firstRow = firstRow
    self.rowStep = rowStep
    self.rows = rows
    self.columns = columns
    self.xOffset = xOffset
    self.xRow = xRow
    self.xColumn = xColumn
    self.yOffset = yOffset
    self.yRow = yRow
    self.yColumn = yColumn
    self.runs = runs
  }
}

/// How the lanes of a vector lie in a product of K values of a pixel with a filter of N outputs.
package enum ProductForm: Sendable {
  /// Along the outputs; the filter is `[K, N]`.
  case alongOutputs
  /// Along the values, for few outputs that would leave most lanes empty; the filter is `[N, K]`.
  case alongValues
  /// Along fours of the values and the outputs, for outputs that fill few vectors; the filter is `[K / 4, N, 4]`, its rows
  /// in whole vectors.
  case alongFours
}

/// A product of pixels and a filter, pixel by pixel class: convolution without copies and without
/// multiplying by padding.
///
/// After Dukhan, "The Indirect Convolution Algorithm" (arXiv 1907.02129), with clipped taps instead of
/// a row of zeros.
package struct PixelProduct: Sendable {
  private struct Entry: Sendable {
    var pixels: ck_pixels
    var firstRow, rowStep: Int
    var xOffset, yOffset: Int
    var firstRun, runCount: Int
  }
  private let entries: [Entry]
  private let runs: [ck_run]
  private let xImage, yImage: Int
  package let form: ProductForm
  /// Rows of a filter that lies in panels: see `FilterTranspose.Order.packed`.
  private let packedRows: Int?
  /// Whether no cache keeps much of so many outputs until they are read.
  static func isPastCaches(_ floats: Int) -> Bool {
    floats * MemoryLayout<Float>.stride >= CK_PAST_CACHES
  }

  /// - Parameters:
  ///   - packedRows: rows of the filter if it lies in panels, which `.alongOutputs` alone can read.
  ///   - xImage: floats from image to image in the input; `yImage` in the output.
  package init(
    _ classes: [PixelClass], form: ProductForm = .alongOutputs, packedRows: Int? = nil, xImage: Int, yImage: Int
  ) {
    self.form = form
    self.packedRows = packedRows
    var entries: [Entry] = []
    var runs: [ck_run] = []
    for item in classes where item.rows > 0 && item.columns > 0 {
      // A step that would not fit is one that nothing takes: a single row or column.
      let pixels = ck_pixels(
        images: 0, rows: Int32(item.rows), cols: Int32(item.columns), x_row: Int32(clamping: item.xRow),
        x_col: Int32(clamping: item.xColumn), y_row: Int32(clamping: item.yRow), y_col: Int32(clamping: item.yColumn),
        x_image: Int64(xImage), y_image: Int64(yImage), past_caches: 0)
      entries.append(
        Entry(
          pixels: pixels, firstRow: item.firstRow, rowStep: item.rowStep, xOffset: item.xOffset, yOffset: item.yOffset,
          firstRun: runs.count, runCount: item.runs.count))
      runs += item.runs.map { ck_run(x: Int32($0.x), k: Int32($0.k), count: Int32($0.count)) }
    }
    self.entries = entries
    self.runs = runs
    self.xImage = xImage
    self.yImage = yImage
  }

  /// Whether some classes write between the pixels of others, or between their rows.
  ///
  /// - Parameter pixel: floats of one that is written.
  func isInterleaved(pixel: Int) -> Bool { entries.contains { $0.rowStep > 1 || $0.pixels.y_col > pixel } }

  /// - Parameters:
  ///   - rowStride: floats from one row of the filter, as its form has them, to the next; of no meaning in panels.
  ///   - firstRow: of a filter in fours, the row that runs count theirs from.
  ///   - outputRows: those to make; all by default.
  ///   - written: images that calls like this one write before any is read.
  @unsafe func run(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>, rowStride: Int,
    firstRow: Int = 0, channels: Int, bias: UnsafePointer<Float>?, clamp: ck_clamp, outputRows: Range<Int>? = nil,
    written: Int? = nil,
    y: UnsafeMutablePointer<Float>
  ) {
    let isPast = Self.isPastCaches((written ?? images) * yImage)
    unsafe forEachRectangle(images: images, outputRows: outputRows) { pixels, runs, runCount, xOffset, yOffset in
      unsafe pixels.pointee.past_caches = isPast ? 1 : 0
      switch form {
      case .alongOutputs:
        unsafe table.functions.igemm(
          pixels, runs, runCount, x + xOffset, filter, Int32(packedRows == nil ? rowStride : table.panel),
          Int64(table.panel * (packedRows ?? 1)), Int32(channels), bias, clamp, 0, y + yOffset)
      case .alongValues:
        unsafe table.functions.idot(
          pixels, runs, runCount, x + xOffset, filter, Int64(rowStride), Int32(channels), bias, clamp, y + yOffset)
      case .alongFours:
        unsafe table.functions.iquad(
          pixels, runs, runCount, x + xOffset, filter, Int64(firstRow), Int32(channels), bias, clamp, y + yOffset)
      }
    }
  }

  /// The same with a filter of one value a tap and channel: no channel sees another. Runs are single taps.
  @unsafe func runDepthwise(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, filter: UnsafePointer<Float>, channels: Int,
    bias: UnsafePointer<Float>?, clamp: ck_clamp, outputRows: Range<Int>? = nil, y: UnsafeMutablePointer<Float>
  ) {
    unsafe forEachRectangle(images: images, outputRows: outputRows) { pixels, runs, runCount, xOffset, yOffset in
      unsafe table.functions.depthwise(
        pixels, runs, runCount, x + xOffset, filter, Int32(channels), Int32(channels), bias, clamp, y + yOffset)
    }
  }

  @unsafe private func forEachRectangle(
    images: Int, outputRows: Range<Int>?,
    _ body: (UnsafeMutablePointer<ck_pixels>, UnsafePointer<ck_run>, _ runCount: Int32, _ x: Int, _ y: Int) -> Void
  ) {
    // Where no window sees a tap there are outputs all the same: their sums are empty.
    unsafe (runs.isEmpty ? [ck_run(x: 0, k: 0, count: 0)] : runs).withUnsafeBufferPointer { runs in
      guard let base = runs.baseAddress else { return }
      for entry in entries {
        var pixels = entry.pixels
        pixels.images = Int32(images)
        var skipped = 0
        if let outputRows {
          // The class's rows before a row of the image.
          func before(_ row: Int) -> Int {
            min(Int(pixels.rows), max(0, (row - entry.firstRow + entry.rowStep - 1) / entry.rowStep))
          }
          skipped = before(outputRows.lowerBound)
          let count = before(outputRows.upperBound) - skipped
          if count <= 0 { continue }
          pixels.rows = Int32(count)
        }
        unsafe body(
          &pixels, base + entry.firstRun, Int32(entry.runCount), entry.xOffset + skipped * Int(pixels.x_row),
          entry.yOffset + skipped * Int(pixels.y_row))
      }
    }
  }
}

/// Rows of a filter's gradient that sum over the same rectangle of pixels.
package struct TapClass: Sendable, Hashable {
  /// The first of the output's rows.
  package var firstRow: Int
  package var rows, columns: Int
  package var xOffset, xRow, xColumn: Int
  /// Of the output's gradient.
  package var yOffset, yRow, yColumn: Int
  /// For each row of the filter: where its input value is, relative to the pixel, and where its sums go.
  package var inputs: [Int]
  package var outputs: [Int]

  package init(
    firstRow: Int = 0, rows: Int, columns: Int, xOffset: Int, xRow: Int, xColumn: Int, yOffset: Int, yRow: Int,
    yColumn: Int, inputs: [Int], outputs: [Int]
  ) {
    self.firstRow = firstRow
    self.rows = rows
    self.columns = columns
    self.xOffset = xOffset
    self.xRow = xRow
    self.xColumn = xColumn
    self.yOffset = yOffset
    self.yRow = yRow
    self.yColumn = yColumn
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// Sums of outer products over pixels: the gradient of a filter, tap class by tap class.
package struct TapProduct: Sendable {
  /// Rows of a filter that follow on in the input, at least, for vectors along them.
  package static var leastRun: Int { Int(CK_OUTER_RUN) }

  private struct Entry: Sendable {
    var pixels: ck_pixels
    var firstRow: Int
    var xOffset, yOffset: Int
    var first, count: Int
  }
  private let entries: [Entry]
  private let inputs, outputs: [Int32]

  package init(_ classes: [TapClass], xImage: Int, yImage: Int) {
    var entries: [Entry] = []
    var inputs: [Int32] = []
    var outputs: [Int32] = []
    for item in classes where item.rows > 0 && item.columns > 0 {
      let pixels = ck_pixels(
        images: 0, rows: Int32(item.rows), cols: Int32(item.columns), x_row: Int32(clamping: item.xRow),
        x_col: Int32(clamping: item.xColumn), y_row: Int32(clamping: item.yRow), y_col: Int32(clamping: item.yColumn),
        x_image: Int64(xImage), y_image: Int64(yImage), past_caches: 0)
      entries.append(
        Entry(
          pixels: pixels, firstRow: item.firstRow, xOffset: item.xOffset, yOffset: item.yOffset, first: inputs.count,
          count: item.inputs.count))
      inputs += item.inputs.map(Int32.init)
      outputs += item.outputs.map(Int32.init)
    }
    self.entries = entries
    self.inputs = inputs
    self.outputs = outputs
  }

  /// Adds to `gradient`.
  ///
  /// - Parameter outputRows: those to sum over; all by default.
  @unsafe func run(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>, channels: Int,
    outputRows: Range<Int>? = nil, gradient: UnsafeMutablePointer<Float>
  ) {
    unsafe run(
      table.functions.outer, images: images, x: x, dy: dy, channels: channels, outputRows: outputRows,
      gradient: gradient)
  }

  /// The same for a filter of one value a tap and channel.
  @unsafe func runDepthwise(
    _ table: KernelTable, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>, channels: Int,
    gradient: UnsafeMutablePointer<Float>
  ) {
    unsafe run(table.functions.depthwise_outer, images: images, x: x, dy: dy, channels: channels, gradient: gradient)
  }

  private typealias Kernel =
    @convention(c) (
      UnsafePointer<ck_pixels>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, Int32, UnsafePointer<Float>?,
      UnsafePointer<Float>?, Int32, UnsafeMutablePointer<Float>?
    ) -> Void

  @unsafe private func run(
    _ kernel: Kernel?, images: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>, channels: Int,
    outputRows: Range<Int>? = nil, gradient: UnsafeMutablePointer<Float>
  ) {
    guard let kernel = unsafe kernel else { return }
    unsafe inputs.withUnsafeBufferPointer { inputs in
      unsafe outputs.withUnsafeBufferPointer { outputs in
        guard let xs = inputs.baseAddress, let dws = outputs.baseAddress else { return }
        for entry in entries {
          var pixels = entry.pixels
          pixels.images = Int32(images)
          var skipped = 0
          if let outputRows {
            let own = entry.firstRow..<entry.firstRow + Int(pixels.rows)
            let shared = own.clamped(to: outputRows)
            if shared.isEmpty { continue }
            skipped = shared.lowerBound - own.lowerBound
            pixels.rows = Int32(shared.count)
          }
          unsafe kernel(
            &pixels, xs + entry.first, dws + entry.first, Int32(entry.count),
            x + entry.xOffset + skipped * Int(pixels.x_row), dy + entry.yOffset + skipped * Int(pixels.y_row),
            Int32(channels), gradient)
        }
      }
    }
  }
}
