internal import CNNKernels
internal import CNNPlan

extension Session {
  /// What made a step's loss or gradients other than finite: the step is computed again, piece by piece, and each result
  /// looked at.
  ///
  /// Changes what the plan may change before it updates (moving statistics); the caller puts that back.
  func findDivergence(
    _ plan: BoundPlan, _ frame: Frame, _ quantity: Divergence.Quantity, penaltiesAreFinite: Bool,
    order: borrowing [Int32], batch: Range<Int>
  ) -> Divergence.Finding {
    // Before anything is computed again.
    let bad = frame.nonFiniteSamples(of: plan.outputs[0], samples: batch.count)
    let finding = quantity == .loss && bad.isEmpty ? nil : plan.firstNonFinite(frame)
    var place = finding?.place
    if quantity == .loss, bad.isEmpty, !penaltiesAreFinite { place = .penalties }
    let samples = (bad.isEmpty ? finding?.images ?? [] : bad).map { Int(order[batch.lowerBound + $0]) }
    return (quantity, place, samples)
  }
}

extension Divergence {
  /// - Parameter finding: what was found, with places of samples in `dataset`.
  init(step: Int, _ finding: Finding, in dataset: borrowing Dataset) {
    let samples = finding.samples.map { dataset.sourceIndices[$0] }
    self.init(
      step: step, quantity: finding.quantity, place: finding.place, samples: samples,
      names: dataset.sourceNames.map { samples.prefix(Divergence.mostNames).map($0) } ?? [],
      largestInput: finding.samples.reduce(0) { max($0, dataset.largestMagnitude(of: $1)) })
  }
}

extension Dataset {
  /// Of a sample's values that are finite; 0 for one that cannot be read again.
  func largestMagnitude(of index: Int) -> Double {
    func largest(_ floats: some Sequence<Float>) -> Double {
      floats.reduce(0) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
    }
    let range = index * elementsPerSample..<(index + 1) * elementsPerSample
    switch storage {
    case .bytes(let bytes): return Double(bytes[range].max() ?? 0)
    case .floats(let floats): return largest(floats[range])
    case .streamed(let stream):
      let values = try? stream.withBatch(order: [Int32(index)], batch: 0..<1) { sample in
        sample.bytes.isEmpty
          ? largest(sample.floats.prefix(elementsPerSample))
          : Double(sample.bytes.prefix(elementsPerSample).max() ?? 0)
      }
      return values ?? 0
    }
  }
}

extension BoundPlan {
  /// The earliest step with a result that is not finite, and which samples of the batch it is of.
  fileprivate func firstNonFinite(_ frame: Frame) -> (place: Divergence.Place, images: [Int])? {
    let count = frame.scalars.batchCount
    let pieces = decomposition.pieces(of: count)
    func part(_ piece: Int) -> Part {
      Part(
        images: decomposition.images(of: piece, in: count), piece: piece, block: blocksArePerWorker ? 0 : piece,
        worker: 0)
    }
    var first: (step: Int, images: [Int])?
    func run(_ step: Int, _ part: Part) {
      calls[step].run(frame, part)
      if let first, first.step < step { return }
      let bad = Set(checks[step].results.flatMap { frame.nonFiniteImages($0, part) })
      if bad.isEmpty, checks[step].results.allSatisfy({ $0.isBatched || frame.isFinite($0, part) }) { return }
      first = (step, (first?.step == step ? first?.images ?? [] : []) + bad.sorted())
    }
    for group in groups[..<firstUpdateGroup] where first == nil {
      switch group {
      case .parallel(let steps):
        for step in steps { run(step, Part(images: 0..<count, piece: 0, block: 0, worker: 0)) }
      case .tiles(let step, let tiles):
        for tile in 0..<tiles {
          calls[step].run(frame, Part(images: 0..<count, piece: 0, block: 0, worker: 0, tile: tile))
        }
      case .images(let steps) where blocksArePerWorker:
        for piece in 0..<pieces { for step in steps { run(step, part(piece)) } }
      case .images(let steps):
        for step in steps { for piece in 0..<pieces { run(step, part(piece)) } }
      }
    }
    return first.map { (checks[$0.step].place, $0.images) }
  }
}

/// What to look at behind a step, and what it is called.
struct StepCheck {
  let results: [Slot]
  let place: Divergence.Place

  init(_ step: Plan.Step) {
    results = step.checkedResults
    place =
      switch step.origin {
      case .input: .input
      case .loss: .loss
      case .forward: .output(layer: step.layer)
      case .backward: .gradient(layer: step.layer)
      }
  }
}
