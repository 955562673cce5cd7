internal import CKernels

/// One sweep of an optimiser over all trainable weights, tile by tile; then their average follows.
package struct OptimizerSweep: KernelCall {
  package let table: KernelTable
  package let rule: UpdateRule
  package let weights, gradients: Slot
  /// The rule's vectors, one after the other.
  package let state: Slot
  /// Where gradients are clipped by norms: what each is multiplied with.
  package let norms: GradientNorms?

  package init(
    table: KernelTable, rule: UpdateRule, weights: Slot, gradients: Slot, state: Slot, norms: GradientNorms? = nil
  ) {
    self.table = table
    self.rule = rule
    self.weights = weights
    self.gradients = gradients
    self.state = state
    self.norms = norms
  }

  package func run(_ frame: Frame, _ part: Part) {
    let tile = SweepTiles.range(part.tile, of: gradients.floatCount)
    let step = frame.scalars.step
    if rule.updates(step: step) {
      if let norms {
        for index in norms.segments(of: part.tile) {
          let segment = norms.segments[index]
          update(segment.range, scale: norms.factor(of: segment.group, frame), frame)
        }
      } else {
        update(tile, scale: 1, frame)
      }
    }
    if let averaging = rule.averaging { average(tile, averaging, step, frame) }
  }

  private func update(_ range: Range<Int>, scale: Float, _ frame: Frame) {
    let total = gradients.floatCount
    let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
    let w = unsafe frame.floats(weights, whole) + range.lowerBound
    let g = unsafe frame.floats(gradients, whole) + range.lowerBound
    let first = unsafe frame.floats(state, whole) + range.lowerBound
    let count = Int64(range.count)
    let rate = frame.scalars.learningRate
    var limit = Float.infinity
    if case .value(let bound)? = rule.clipping { limit = bound }
    var u = ck_update(rate: rate, decay: rule.weightDecay, scale: scale, limit: limit)
    let t = rule.updates(before: frame.scalars.step) + 1
    let functions = table.functions
    switch rule.method {
    case .sgd(let momentum, let nesterov):
      unsafe functions.sgd(w, momentum == 0 ? nil : first, g, count, &u, momentum, nesterov ? 1 : 0)
    case .rmsprop(let rho, let momentum, let epsilon, let isCentered):
      unsafe functions.rmsprop(
        w, first, isCentered ? first + total : nil, momentum > 0 ? first + (isCentered ? 2 : 1) * total : nil, g, count,
        &u, Float(rho), Float(1 - rho), momentum, epsilon)
    case .adam(let beta1, let beta2, let epsilon, let keepsGreatest):
      let alpha = UpdateRule.adamRate(rate, beta1: beta1, beta2: beta2, update: t)
      unsafe functions.adam(
        w, first, first + total, keepsGreatest ? first + 2 * total : nil, g, count, &u, alpha, Float(1 - beta1),
        Float(1 - beta2), epsilon)
    case .nadam(let beta1, let beta2, let epsilon):
      let shares = UpdateRule.nadamShares(beta1: beta1, beta2: beta2, update: t)
      var numbers = ck_nadam(
        one_minus_b1: 1 - Float(beta1), one_minus_b2: 1 - Float(beta2), mean_share: shares.mean,
        gradient_share: shares.gradient, square_share: shares.square, eps: epsilon)
      unsafe functions.nadam(w, first, first + total, g, count, &u, &numbers)
    case .adagrad(_, let epsilon):
      unsafe functions.adagrad(w, first, g, count, &u, epsilon)
    case .lion(let beta1, let beta2):
      unsafe functions.lion(
        w, first, g, count, &u, Float(beta1), 1 - Float(beta1), Float(beta2), 1 - Float(beta2))
    }
  }

  /// average = m * average + (1 - m) * weights, with m = 0 before the first update is counted.
  private func average(_ range: Range<Int>, _ averaging: UpdateRule.Averaging, _ step: UInt32, _ frame: Frame) {
    let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
    let w = unsafe frame.floats(weights, whole) + range.lowerBound
    let place = (rule.averageIndex ?? 0) * gradients.floatCount + range.lowerBound
    let average = unsafe frame.floats(state, whole) + place
    let updates = rule.updates(before: step)
    unsafe table.functions.moving_average(average, w, Int64(range.count), updates == 0 ? 0 : averaging.momentum)
    if let frequency = averaging.overwriteFrequency, (updates + 1) % frequency == 0 {
      unsafe w.update(from: average, count: range.count)
    }
  }
}
