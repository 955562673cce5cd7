package import CNNKernels
package import CNNModel
package import CNNSession
package import CNNSpec

/// The samples that exports are tried on, and the machine to do it with.
package struct ExportTrial: Sendable {
  /// As training reads them: before `data.rescale`, which belongs to the model.
  package let samples: Dataset
  package let threads: Int
  package let kernels: KernelTable

  /// - Precondition: at least one sample, of the shape of the model's input.
  package init(_ samples: Dataset, threads: Int, kernels: KernelTable = KernelTable()) {
    precondition(samples.count > 0, "an export is tried on a sample at least")
    self.samples = samples
    self.threads = threads
    self.kernels = kernels
  }

  /// Our own outputs of all samples, row after row.
  package func outputs(of model: TrainedModel) throws(ExportError) -> [Float] {
    do throws(SessionError) {
      var predictor = try Predictor(model, batchSize: min(samples.count, 8), threads: threads, kernels: kernels)
      return try predictor.predict(samples)
    } catch {
      throw ExportError(error.message, help: error.help)
    }
  }

  /// The values of the first samples, sample after sample, each row-major `[H, W, C]`; all if there are fewer.
  package func values(ofFirst count: Int) -> [Float] {
    let end = min(count, samples.count) * samples.elementsPerSample
    switch samples.storage {
    case .bytes(let bytes): return bytes.prefix(end).map { Float($0) }
    case .floats(let floats): return Array(floats.prefix(end))
    case .streamed: preconditionFailure("the samples of a trial are in memory")
    }
  }

  /// How many samples a computation of so many operations each is tried on: as many as are over in a few seconds.
  ///
  /// - Parameter budget: operations in all.
  package static func count(flops: Int, budget: Double, atMost most: Int) -> Int {
    max(1, min(most, Int(min(Double(most), budget / Double(max(1, flops))))))
  }

  /// Where there is no data: seeded random values of the range that a spec lets expect, whole numbers for pixels.
  package static func random(_ spec: Spec, count: Int) -> (samples: Dataset, range: String) {
    let shape = spec.model.inputType.extents
    let random = CounterRandom(seed: 1, purpose: .initializer, index: 1 << 20)
    let size = count * spec.model.inputType.elementCount
    // A section `data` delivers pixels as they are stored; so does whoever scales them first.
    let first = spec.model.layers.first { $0.layer.traits.setsScale }
    let isOfPixels = spec.data != nil || first.map { $0.inputs == [.modelInput] } ?? false
    let storage: Dataset.Storage =
      isOfPixels
      ? .bytes((0..<size).map { UInt8(min(255, 256 * random.uniform($0))) })
      : .floats((0..<size).map { random.uniform($0) })
    return (
      Dataset(
        sampleShape: shape, storage: storage, labels: Array(repeating: 0, count: count), classNames: [],
        sourceIndices: Array(0..<count)), isOfPixels ? "0 to 255" : "0 to 1"
    )
  }
}
