import CNNSpec
import Testing

/// Optimizers, schedules, losses, metrics and weights of classes as a spec writes them; defaults are Keras 3.15's.
@Suite struct TrainingArgumentTests {
  private func training(_ text: String, data: String = "", more: String = "") -> Loaded {
    Loaded(layers: "flatten", "dense: 10", "softmax", more: "\(data)training: {\(text)}\n\(more)")
  }

  private func optimizer(_ text: String) -> Loaded {
    training("optimizer: \(text), loss: categorical_crossentropy")
  }

  private func metrics(_ text: String) -> Loaded {
    training("optimizer: sgd, loss: categorical_crossentropy, metrics: \(text)")
  }

  // MARK: Optimizers

  @Test("optimizers have Keras's defaults")
  func optimizerDefaults() {
    func spec(_ text: String) -> OptimizerSpec? { optimizer(text).spec?.training?.optimizer.value }
    let rate = LearningRateSpec.constant(0.001)
    #expect(spec("sgd") == OptimizerSpec(.sgd(), learningRate: .constant(0.01)))
    #expect(
      spec("rmsprop")
        == OptimizerSpec(.rmsprop(rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false), learningRate: rate))
    #expect(
      spec("adam")
        == OptimizerSpec(.adam(.init(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false)), learningRate: rate))
    #expect(spec("adamw") == OptimizerSpec(.adamw(), learningRate: rate, weightDecay: 0.004))
    #expect(spec("nadam") == OptimizerSpec(.nadam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: rate))
    #expect(spec("adagrad") == OptimizerSpec(.adagrad(initialAccumulatorValue: 0.1, epsilon: 1e-7), learningRate: rate))
    #expect(spec("lion") == OptimizerSpec(.lion(beta1: 0.9, beta2: 0.99), learningRate: rate))
  }

  @Test("what all optimizers take")
  func common() {
    let text =
      "{lion: {weight_decay: 0.1, clipvalue: 2, use_ema: true, ema_overwrite_frequency: 5, gradient_accumulation_steps: 3}}"
    var expected = OptimizerSpec(.lion(), learningRate: .constant(0.001), weightDecay: 0.1)
    expected.clipping = .value(2)
    expected.averaging = .init(momentum: 0.99, overwriteFrequency: 5)
    expected.accumulationSteps = 3
    #expect(optimizer(text).spec?.training?.optimizer.value == expected)
    #expect(optimizer("{adamw: {weight_decay: none}}").spec?.training?.optimizer.value.weightDecay == nil)
  }

  @Test("momentum is a number of any form")
  func momentum() {
    #expect(optimizer("{sgd: {momentum: 1}}").codes == [])
    #expect(optimizer("{sgd: {momentum: true}}").codes == ["CN2201"])
    #expect(optimizer("{sgd: {momentum: \"0.9\"}}").codes == ["CN2202"])
    #expect(optimizer("{sgd: {momentum: 1.5}}").codes == ["CN2207"])
  }

  @Test("one of three clips", arguments: ["clipnorm: 1, clipvalue: 1", "clipnorm: 1, global_clipnorm: 1"])
  func clips(text: String) {
    let loaded = optimizer("{adam: {\(text)}}")
    #expect(loaded.codes == ["CN4111"])
    #expect(loaded.messages.first?.contains("`adam` takes one of") == true)
    // What is switched off is not set.
    #expect(optimizer("{adam: {clipnorm: none, clipvalue: 1}}").codes == [])
  }

  @Test(
    "numbers out of range",
    arguments: [
      "adam: {beta_1: 1}", "adam: {epsilon: 0}", "lion: {beta_1: 0}", "sgd: {gradient_accumulation_steps: 1}",
      "sgd: {ema_momentum: 2}", "rmsprop: {rho: -0.1}", "sgd: {clipnorm: 0}", "sgd: {learning_rate: 0}",
      "adagrad: {initial_accumulator_value: -1}", "sgd: {weight_decay: -1}", "sgd: {ema_overwrite_frequency: 0}",
    ])
  func ranges(text: String) {
    #expect(optimizer("{\(text)}").codes == ["CN2207"])
  }

  @Test("arguments of another optimizer, and unknown words")
  func unknown() {
    #expect(optimizer("{adam: {momentum: 0.9}}").codes == ["CN2103"])
    #expect(optimizer("{lion: {amsgrad: true}}").codes == ["CN2103"])
    let loaded = optimizer("AdamW")
    #expect(loaded.codes == ["CN2206"] && loaded.diagnostics[0].fix?.isSafe == true)
    #expect(optimizer("{adam: 0.1}").codes == ["CN2201"])
  }

  @Test(
    "arguments that change nothing are told as advice",
    arguments: [
      "sgd: {nesterov: true}", "adam: {ema_momentum: 0.9}", "adam: {use_ema: false, ema_overwrite_frequency: 3}",
    ])
  func idle(text: String) {
    #expect(optimizer("{\(text)}").codes == ["CN9110"])
  }

  // MARK: Schedules

  private func schedule(_ text: String) -> Loaded { optimizer("{adam: {learning_rate: \(text)}}") }

  @Test("schedules have Keras's defaults")
  func scheduleDefaults() {
    func spec(_ text: String) -> ScheduleSpec? {
      schedule(text).spec?.training?.optimizer.value.learningRate.schedule
    }
    let rate = "initial_learning_rate: 0.1, decay_steps: 9"
    #expect(
      spec("{exponential_decay: {\(rate), decay_rate: 0.5}}")
        == ScheduleSpec(.exponential(rate: 0.5, steps: 9, staircase: false), from: 0.1))
    #expect(
      spec("{polynomial_decay: {\(rate)}}")
        == ScheduleSpec(.polynomial(end: 1e-4, power: 1, steps: 9, cycle: false), from: 0.1))
    #expect(spec("{cosine_decay: {\(rate)}}") == ScheduleSpec(.cosine(alpha: 0, steps: 9), from: 0.1))
    #expect(
      spec("{cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 9}}")
        == ScheduleSpec(.cosineRestarts(alpha: 0, firstSteps: 9, lengthening: 2, shrinking: 1), from: 0.1))
    #expect(
      spec("{piecewise_constant: {boundaries: [3], values: [0.1, 0.2]}}")
        == ScheduleSpec(.piecewise(boundaries: [3], values: [0.1, 0.2]), from: 0.1))
  }

  @Test("a warm-up is a number of steps, or steps and a first rate, or Keras's target")
  func warmups() {
    func warmup(_ text: String) -> ScheduleSpec? {
      schedule("{cosine_decay: {decay_steps: 9, \(text)}}").spec?.training?.optimizer.value.learningRate.schedule
    }
    let decay = ScheduleSpec.Decay.cosine(alpha: 0, steps: 9)
    #expect(
      warmup("initial_learning_rate: 0.1, warmup: 5")
        == ScheduleSpec(decay, from: 0.1, warmup: .init(steps: 5, start: 0)))
    #expect(
      warmup("initial_learning_rate: 0.1, warmup: {steps: 5, from: 0.01}")
        == ScheduleSpec(decay, from: 0.1, warmup: .init(steps: 5, start: 0.01)))
    #expect(
      warmup("initial_learning_rate: 0, warmup_target: 0.2, warmup_steps: 5")
        == ScheduleSpec(decay, from: 0.2, warmup: .init(steps: 5, start: 0)))
  }

  @Test(
    "faults of schedules",
    arguments: [
      ("{cosine_decay: {initial_learning_rate: 0.1}}", "CN2101"),
      ("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 0}}", "CN2207"),
      ("{cosine_decay: {initial_learning_rate: 0, decay_steps: 9}}", "CN2207"),
      ("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9, warmup_steps: 3}}", "CN2101"),
      ("{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9, warmup_target: 1, warmup: 3}}", "CN4111"),
      ("{piecewise_constant: {boundaries: [3], values: [0.1]}}", "CN2208"),
      ("{piecewise_constant: {boundaries: [3, 3], values: [0.1, 0.2, 0.3]}}", "CN2207"),
      ("{piecewise_constant: {boundaries: [1.5], values: [0.1, 0.2]}}", "CN2201"),
      ("{exponential_decay: {initial_learning_rate: 0.1, decay_steps: 9}}", "CN2101"),
      ("{cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 9, t_mul: 0.5}}", "CN2207"),
      ("{cosine: {initial_learning_rate: 0.1, decay_steps: 9}}", "CN2206"), ("{cosine_decay: 100}", "CN2201"),
      ("{exponential_decay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 1, warmup_steps: 3}}", "CN2103"),
      ("{polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 9, warmup: {from: 1}}}", "CN2101"),
      ("fast", "CN2201"),
    ])
  func scheduleFaults(text: String, code: String) {
    #expect(schedule(text).codes == [code], "\(schedule(text).rendered)")
  }

  @Test("schedules that do not fit the run's steps are told as advice")
  func scheduleLength() {
    // 1,000 samples in batches of 100 are 10 steps an epoch: 100 in all.
    func codes(_ schedule: String, _ optimizer: String = "") -> [String] {
      training(
        "optimizer: {adam: {learning_rate: {\(schedule)}\(optimizer)}}, loss: categorical_crossentropy, batch_size: 100, epochs: 10",
        data: "data: {source: mnist, rescale: 1/255, split: {train: \"train[:1000]\"}}\n"
      ).codes
    }
    func cosine(_ steps: Int, _ more: String = "") -> String {
      "cosine_decay: {initial_learning_rate: 0.1, decay_steps: \(steps)\(more)}"
    }
    #expect(codes(cosine(100)) == [])
    // Where the rate ends at 0, what comes after is lost; where it does not, a tenth of the run is meant seriously.
    #expect(codes(cosine(90)) == [] && codes(cosine(89)) == ["CN9111"])
    #expect(codes(cosine(10, ", alpha: 0.1")) == [] && codes(cosine(9, ", alpha: 0.1")) == ["CN9111"])
    #expect(codes(cosine(1009)) == [] && codes(cosine(1010)) == ["CN9111"])
    #expect(codes(cosine(50, ", warmup: 50")) == [])
    #expect(codes(cosine(50, ", warmup: 100")) == ["CN9111"])
    #expect(codes(cosine(100), ", gradient_accumulation_steps: 101") == ["CN9111"])
    #expect(codes("exponential_decay: {initial_learning_rate: 0.1, decay_steps: 1, decay_rate: 0.9}") == [])
    #expect(codes("exponential_decay: {initial_learning_rate: 0.1, decay_steps: 5000, decay_rate: 0.9}") == ["CN9111"])
    #expect(codes("piecewise_constant: {boundaries: [2000], values: [0.1, 0.2]}") == ["CN9111"])
    // Without the data nobody knows.
    #expect(schedule("{\(cosine(1))}").codes == [])
  }

  // MARK: Losses

  private func loss(_ text: String) -> Loaded { training("optimizer: sgd, loss: \(text)") }

  @Test("losses, alone and with arguments")
  func losses() {
    #expect(loss("categorical_crossentropy").spec?.training?.loss.value == LossSpec(.categoricalCrossentropy))
    var smoothed = LossSpec(.categoricalCrossentropy)
    smoothed.labelSmoothing = 0.1
    #expect(loss("{categorical_crossentropy: {label_smoothing: 0.1}}").spec?.training?.loss.value == smoothed)
    var huber = LossSpec(.huber)
    huber.delta = 2
    #expect(loss("{huber: 2}").spec?.training?.loss.value == huber)
    #expect(loss("{huber: {delta: 2}}").spec?.training?.loss.value == huber)
    for name in ["mean_absolute_error", "kl_divergence", "huber", "mean_squared_error"] {
      #expect(loss(name).codes == [], "\(name)")
    }
    #expect(
      loss("mae").codes == ["CN2206"] && loss("mae").diagnostics[0].fix?.edits.first?.text == "mean_absolute_error")
  }

  @Test(
    "faults of losses",
    arguments: [
      ("{sparse_categorical_crossentropy: {label_smoothing: 0.1}}", "CN4112"),
      ("{categorical_crossentropy: {from_logits: true}}", "CN4107"),
      ("{categorical_crossentropy: {label_smoothing: 2}}", "CN2207"), ("{huber: {delta: 0}}", "CN2207"),
      ("{huber: {label_smoothing: 0.1}}", "CN2103"), ("{mean_squared_error: 1}", "CN2201"),
      ("{categorical_crossentropy: {axis: 1}}", "CN2103"),
    ])
  func lossFaults(text: String, code: String) {
    #expect(loss(text).codes == [code], "\(loss(text).rendered)")
  }

  @Test("a divergence of probabilities needs them")
  func divergence() {
    func codes(_ activation: String) -> [String] {
      Loaded(
        layers: "flatten", "dense: {units: 10, activation: \(activation)}",
        more: "training: {optimizer: sgd, loss: kl_divergence}\n"
      ).codes
    }
    #expect(codes("softmax") == [] && codes("sigmoid") == [] && codes("relu") == ["CN4101"])
  }

  // MARK: Metrics

  @Test("metrics, alone and with arguments")
  func metricSpecs() {
    func measure(_ text: String) -> MetricSpec? { metrics("[\(text)]").spec?.training?.metrics.first?.value }
    #expect(measure("accuracy") == MetricSpec(.accuracy))
    #expect(measure("top_k_accuracy: 3") == MetricSpec(.topKAccuracy(k: 3)))
    #expect(measure("top_k_accuracy") == MetricSpec(.topKAccuracy(k: 5)))
    #expect(
      measure("precision: {thresholds: 0.4, class_id: 2, name: shirts}")
        == MetricSpec(.precision(.init(threshold: 0.4, classID: 2)), name: "shirts"))
    #expect(measure("f1") == MetricSpec(.f1(average: .macro, threshold: nil)))
    var area = MetricSpec.Area()
    (area.curve, area.isMultiLabel) = (.pr, true)
    #expect(measure("auc: {curve: pr, multi_label: true}") == MetricSpec(.auc(area)))
    #expect(metrics("accuracy").spec?.training?.measuredNames == ["loss", "accuracy"])
  }

  @Test(
    "faults of metrics",
    arguments: [
      ("[acc]", "CN2206"), ("[accuracy, accuracy]", "CN2211"), ("[auc, {auc: {curve: pr}}]", "CN2211"),
      ("[{precision: {class_id: 10}}]", "CN2207"), ("[{recall: {top_k: 11}}]", "CN2207"),
      ("[{f1: {average: none}}]", "CN2206"), ("[{f1: {threshold: 0}}]", "CN2207"), ("[{auc: {curve: ROC}}]", "CN2206"),
      ("[{auc: {num_thresholds: 1}}]", "CN2207"), ("[{accuracy: {k: 1}}]", "CN2103"), ("[{precision: 0.5}]", "CN2201"),
      ("[{precision: {name: val_p}}]", "CN2210"), ("[{precision: {name: loss}}]", "CN2210"),
      ("[{precision: {name: \"a,b\"}}]", "CN2210"), ("[{precision: {name: 1a}}]", "CN2210"),
      ("[top_k_accuracy: 0]", "CN2207"),
    ])
  func metricFaults(text: String, code: String) {
    #expect(metrics(text).codes == [code], "\(metrics(text).rendered)")
  }

  @Test("metrics of probabilities need them")
  func probabilities() {
    func codes(_ metric: String, _ activation: String = "relu") -> [String] {
      Loaded(
        layers: "flatten", "dense: {units: 3, activation: \(activation)}",
        more: "training: {optimizer: sgd, loss: mean_squared_error, metrics: [\(metric)]}\n"
      ).codes
    }
    for metric in ["auc", "precision", "recall: {thresholds: 0.2}", "f1: {threshold: 0.5}"] {
      #expect(codes(metric) == ["CN4113"], "\(metric)")
      #expect(codes(metric, "softmax") == [] && codes(metric, "sigmoid") == [], "\(metric)")
    }
    // What goes by order alone takes any numbers.
    for metric in ["accuracy", "top_k_accuracy: 2", "f1", "precision: {top_k: 1}"] {
      #expect(codes(metric) == [], "\(metric)")
    }
  }

  @Test("areas of many classes do not take memory without end")
  func manyAreas() {
    func codes(_ thresholds: Int) -> [String] {
      Loaded(
        layers: "dense: 100000", "softmax", input: "[4]",
        more: "training: {optimizer: sgd, loss: categorical_crossentropy, "
          + "metrics: {auc: {multi_label: true, num_thresholds: \(thresholds)}}}\n"
      ).codes
    }
    // 2^22 counts in all.
    #expect(codes(41) == [] && codes(42) == ["CN2207"])
  }

  @Test("a top of all values says nothing")
  func topOfAll() {
    #expect(metrics("[top_k_accuracy: 10]").codes == ["CN9110"] && metrics("[top_k_accuracy: 9]").codes == [])
  }

  @Test("contracts and callbacks know metrics by their names")
  func names() {
    func codes(_ metrics: String, _ expect: String, monitor: String = "loss") -> [String] {
      training(
        "optimizer: sgd, loss: categorical_crossentropy, epochs: 99, metrics: [\(metrics)], "
          + "callbacks: [{early_stopping: {monitor: \(monitor)}}]",
        data: "data: {source: mnist, rescale: 1/255, split: {validation: 0.2}}\n", more: "expect: {\(expect)}\n"
      ).codes
    }
    #expect(codes("f1", "val_f1: \">= 0.8\"", monitor: "val_f1") == [])
    #expect(codes("precision: {name: shirts}", "val_shirts: \">= 0.8\"", monitor: "shirts") == [])
    #expect(codes("f1", "val_auc: \">= 0.8\"") == ["CN5102"])
    #expect(codes("f1", "test_f1: \">= 0.8\"") == ["CN5102"])
    #expect(codes("f1", "val_shirts: \">= 0.8\"") == ["CN2103"])
    #expect(codes("accuracy", "layers: 3", monitor: "val_f1") == ["CN4108"])
  }

  // MARK: Weights of classes

  @Test("weights of classes by index and by name")
  func classWeights() throws {
    let text = "optimizer: sgd, loss: categorical_crossentropy, class_weight: {0: 2, c: 0.5}"
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    let data = "data: {source: {idx: {images: a, labels: b}}, class_names: [\(names.joined(separator: ", "))]}\n"
    let loaded = training(text, data: data)
    #expect(loaded.errors == "")
    let weights = try #require(loaded.spec?.training?.classWeight?.value)
    let counts = [Int](repeating: 1, count: 10)
    #expect(weights.factors(names: names, counts: counts, classes: 10) == [2, 1, 0.5, 1, 1, 1, 1, 1, 1, 1])
    func codes(_ weights: String) -> [String] {
      training("optimizer: sgd, loss: categorical_crossentropy, class_weight: \(weights)", data: data)
        .diagnostics.filter { $0.severity == .error }.map(\.code.id)
    }
    #expect(codes("balanced") == [] && codes("{9: 1}") == [])
    #expect(codes("{10: 1}") == ["CN4114"] && codes("{z: 1}") == ["CN4114"] && codes("{-1: 1}") == ["CN4114"])
    #expect(codes("{0: 1, a: 2}") == ["CN4114"], "one class twice")
    #expect(codes("{0: -1}") == ["CN2207"] && codes("{0: }") == ["CN2209"] && codes("{}") == ["CN2201"])
    #expect(codes("balance") == ["CN2206"] && codes("[1, 2]") == ["CN2201"])
  }

  @Test("a name goes before an index of the same digits")
  func namedByDigits() {
    let weights = ClassWeightSpec.classIndex(of: "1", names: ["2", "1", "0"], count: 3)
    #expect(weights == 1)
    #expect(ClassWeightSpec.classIndex(of: "2", names: ["2", "1", "0"], count: 3) == 0)
    #expect(ClassWeightSpec.classIndex(of: "+2", names: [], count: 3) == nil)
    #expect(ClassWeightSpec.classIndex(of: "2", names: [], count: 3) == 2)
  }

  @Test("balanced weights are n / (classes * samples of the class)")
  func balanced() {
    // By hand: 12 samples of 3 classes that occur, so 12 / 18 and twice 12 / 9.
    let factors = ClassWeightSpec.balanced.factors(names: [], counts: [6, 3, 3, 0], classes: 5)
    let (often, seldom) = (12.0 / 18, 12.0 / 9)
    #expect(factors == [often, seldom, seldom, 1, 1])
  }
}
