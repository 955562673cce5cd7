internal import CNNKernels
internal import CNNPlan

extension Session {
  /// What made a step's loss or gradients other than finite: the step is computed again, piece by piece, and each result
  /// looked at.
  ///
  /// Changes what the plan may change before it updates (moving statistics); the caller puts that back.
  func findDivergence(
    _ plan: BoundPlan, _ frame: Frame, _ quantity: Divergence.Quantity, penaltiesAreFinite: Bool,
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>
  ) -> Divergence {
    // Before anything is computed again.
    let bad = frame.nonFiniteSamples(of: plan.outputs[0], samples: batch.count)
    let finding = quantity == .loss && bad.isEmpty ? nil : plan.firstNonFinite(frame)
    var place = finding?.place
    if quantity == .loss, bad.isEmpty, !penaltiesAreFinite { place = .penalties }
    let concerned = bad.isEmpty ? finding?.images ?? [] : bad
    var samples: [Int] = []
    var largest = 0.0
    for image in concerned {
      let index = Int(order[batch.lowerBound + image])
      samples.append(dataset.sourceIndices[index])
      largest = max(largest, dataset.largestMagnitude(of: index))
    }
    return Divergence(step: Int(step) + 1, quantity: quantity, place: place, samples: samples, largestInput: largest)
  }
}

extension Dataset {
  /// Of a sample's values that are finite.
  func largestMagnitude(of index: Int) -> Double {
    let range = index * elementsPerSample..<(index + 1) * elementsPerSample
    switch storage {
    case .bytes(let bytes): return Double(bytes[range].max() ?? 0)
    case .floats(let floats): return floats[range].reduce(0) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
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
