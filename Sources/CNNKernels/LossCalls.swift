internal import CKernels

/// What a loss takes beside predictions and labels.
package struct LossSettings: Sendable, Hashable {
  /// Share of the target that is spread evenly: t * (1 - s) + s / classes; of binary losses t * (1 - s) + s / 2.
  package var labelSmoothing: Float
  /// From where a Huber loss grows in a line.
  package var delta: Float
  /// Factor on the loss of a sample, by its class; empty for 1.
  package var classWeights: [Float]

  package init(labelSmoothing: Float = 0, delta: Float = 1, classWeights: [Float] = []) {
    self.labelSmoothing = labelSmoothing
    self.delta = delta
    self.classWeights = classWeights
  }
}

/// Softmax and cross-entropy in one: -sum t log softmax(x), its gradient (p - t) / batch, and whether the largest logit
/// is the label's; t is the label's one-hot vector, smoothed.
package struct SoftmaxCrossEntropyCall: KernelCall {
  package let table: KernelTable
  package let classes: Int
  package let settings: LossSettings
  package let logits, labels, loss, hits: Slot
  package let gradient: Slot?

  package init(
    table: KernelTable, classes: Int, settings: LossSettings, logits: Slot, labels: Slot, loss: Slot, hits: Slot,
    gradient: Slot?
  ) {
    precondition(settings.classWeights.isEmpty || settings.classWeights.count >= classes, "one weight a class")
    self.table = table
    self.classes = classes
    self.settings = settings
    self.logits = logits
    self.labels = labels
    self.loss = loss
    self.hits = hits
    self.gradient = gradient
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let classes = unsafe frame.integers(labels, part, image: first)
    for index in 0..<part.images.count {
      // The kernel reads the logit of this index: who loads data must have refused it.
      precondition(unsafe (0..<Int32(self.classes)).contains(classes[index]), "a label beyond the classes")
    }
    unsafe settings.classWeights.withUnsafeBufferPointer { weights in
      unsafe table.functions.softmax_cross_entropy(
        frame.floats(logits, part, image: first), classes,
        Int64(part.images.count), Int32(self.classes), 1 / Float(frame.scalars.batchCount), settings.labelSmoothing,
        weights.isEmpty ? nil : weights.baseAddress, nil,
        gradient.map { unsafe frame.floats($0, part, image: first) }, frame.floats(loss, part, image: first),
        frame.floats(hits, part, image: first))
    }
  }
}
