package import CNNGraph
package import CNNKernels

/// Where weights lie: trainable ones first, one after the other, so that the optimiser is one sweep.
///
/// Every plan of a model has the same layout, whatever it is for, so that they share the weights. Each weight
/// starts on a cache line; the floats between are zero and stay so.
package struct ParameterLayout: Sendable, Hashable {
  /// Byte offset of each parameter, in the graph's order.
  package let offsets: [Int]
  package let trainableByteCount: Int
  package let byteCount: Int

  package init(_ parameters: [Parameter]) {
    var offsets = [Int](repeating: 0, count: parameters.count)
    var end = 0
    func place(_ isTrainable: Bool) {
      for (index, parameter) in parameters.enumerated() where parameter.declaration.isTrainable == isTrainable {
        offsets[index] = end
        end += Arena.aligned(parameter.elementCount * 4)
      }
    }
    place(true)
    trainableByteCount = end
    place(false)
    self.offsets = offsets
    byteCount = end
  }

  /// All trainable weights.
  package var trainableSlot: Slot {
    Slot(region: .parameters, offset: 0, byteCount: trainableByteCount, isBatched: false)
  }

  package func slot(_ id: ParameterID, of parameters: [Parameter], in region: Region = .parameters) -> Slot {
    Slot(
      region: region, offset: offsets[id.index], byteCount: parameters[id.index].elementCount * 4, isBatched: false)
  }
}
