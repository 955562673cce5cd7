internal import CNNDiagnostics

extension SpecExplanations {
  private static let data = "data:\n  source: fashion_mnist\n  rescale: 1/255\n"
  private static func training(_ loss: String) -> String { "training:\n  optimizer: adam\n  loss: \(loss)\n" }

  private static func plateau(_ rate: String) -> String {
    "training:\n  optimizer: {adam: {learning_rate: \(rate)}}\n  loss: categorical_crossentropy\n  epochs: 20\n"
      + "  callbacks:\n    - reduce_lr_on_plateau: {monitor: loss}\n"
  }

  static let settings = [
    CodeExplanation(
      SpecCode.lossNeedsSoftmax, summary: "a cross-entropy without a softmax before it",
      explanation:
        "Cross-entropy takes probabilities: one a class, their sum 1. Scores without a softmax give a loss that means nothing, and training that fails quietly.",
      wrong: model("flatten", "dense: 10") + training("categorical_crossentropy"),
      right: model("flatten", "dense: 10", "activation: softmax") + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.lossNeedsSigmoid, summary: "a binary cross-entropy without a sigmoid before it",
      explanation: "Binary cross-entropy takes a probability for each value.",
      wrong: model("flatten", "dense: 1") + training("binary_crossentropy"),
      right: model("flatten", "dense: {units: 1, activation: sigmoid}") + training("binary_crossentropy")),
    CodeExplanation(
      SpecCode.classCount, summary: "another number of outputs than there are classes",
      explanation:
        "Cross-entropy takes one value a class. How many classes there are is known of built-in data sets, and from `class_names`.",
      wrong: model("flatten", "dense: 9", "softmax") + data + training("categorical_crossentropy"),
      right: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.outputRank, summary: "an output with more axes than one",
      explanation:
        "`dense` works on the last axis of whatever it gets, so a `flatten` that is forgotten shows up only here.",
      wrong: model("dense: 10", "softmax", input: "[28, 28, 1]") + training("categorical_crossentropy"),
      right: model("flatten", "dense: 10", "softmax") + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.softmaxOfOne, summary: "a softmax over a single value",
      explanation: "Probabilities sum to 1, so the only one is always 1.",
      wrong: model("flatten", "dense: 1", "softmax") + training("sparse_categorical_crossentropy"),
      right: model("flatten", "dense: 2", "softmax") + training("sparse_categorical_crossentropy")),
    CodeExplanation(
      SpecCode.doubleSoftmax, summary: "a softmax of what is a softmax already",
      explanation:
        "The softmax of probabilities is never near 0 or 1: of 10 classes the surest gets e / (e + 9), 0.23, and the loss cannot fall below 1.46.",
      wrong: model("flatten", "dense: {units: 10, activation: softmax}", "softmax")
        + training("categorical_crossentropy"),
      right: model("flatten", "dense: {units: 10, activation: softmax}") + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.fromLogits, summary: "a loss with `from_logits`",
      explanation:
        "A model ends in probabilities, which is what predictions are. The loss is computed from the scores in front of the softmax anyway, as Keras does, so nothing is lost in numbers.",
      wrong: model("flatten", "dense: 10") + training("{categorical_crossentropy: {from_logits: true}}"),
      right: model("flatten", "dense: 10", "softmax") + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.monitor, summary: "a callback that waits for a metric which is not measured",
      explanation:
        "`loss` is always measured, others by `metrics`, and each with `val_` before its name if there is a validation split. In Keras such a callback would do nothing, with a warning in each epoch.",
      wrong: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  callbacks:\n    - early_stopping: {monitor: val_loss}\n",
      right: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  callbacks:\n    - early_stopping: {monitor: loss}\n"),
    CodeExplanation(
      SpecCode.plateauWithSchedule, summary: "two that decide about one learning rate",
      explanation: "`reduce_lr_on_plateau` writes the learning rate, and a schedule computes it anew each step.",
      wrong: model("flatten", "dense: 10", "softmax") + data
        + plateau("{exponential_decay: {initial_learning_rate: 0.001, decay_steps: 100, decay_rate: 0.9}}"),
      right: model("flatten", "dense: 10", "softmax") + data + plateau("0.001")),
    CodeExplanation(
      SpecCode.callbackFile, summary: "a callback whose file cannot be written as it is named",
      explanation:
        "Files of callbacks lie in the run directory, beside those of the run itself, and no two callbacks write the same one. `model_checkpoint` writes safetensors files; numbers in a name are in braces, as in Python: `{epoch:02d}`, `{val_loss:.2f}`.",
      wrong: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  callbacks:\n    - model_checkpoint: best.keras\n",
      right: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  callbacks:\n    - model_checkpoint: best.safetensors\n"),
    CodeExplanation(
      SpecCode.exclusiveArguments, summary: "arguments of which one at most is taken",
      explanation:
        "A gradient is clipped in one way: each number, the norm of each weight's, or the norm of all; and a warm-up is written in one of its two forms. Keras raises here too.",
      wrong: model("flatten", "dense: 10")
        + "training:\n  optimizer: {adam: {clipnorm: 1, clipvalue: 0.5}}\n  loss: mean_squared_error\n",
      right: model("flatten", "dense: 10")
        + "training:\n  optimizer: {adam: {clipnorm: 1}}\n  loss: mean_squared_error\n"),
    CodeExplanation(
      SpecCode.sparseSmoothing, summary: "label smoothing of a loss that has none",
      explanation:
        "In Keras the sparse cross-entropy takes classes as integers, which cannot be smoothed. `categorical_crossentropy` is the same loss; labels are converted to what it needs.",
      wrong: model("flatten", "dense: 10", "softmax")
        + training("{sparse_categorical_crossentropy: {label_smoothing: 0.1}}"),
      right: model("flatten", "dense: 10", "softmax")
        + training("{categorical_crossentropy: {label_smoothing: 0.1}}")),
    CodeExplanation(
      SpecCode.metricNeedsProbabilities, summary: "a metric of probabilities, and an output of other numbers",
      explanation:
        "`precision`, `recall`, `auc`, and `f1` with a threshold compare each value with numbers between 0 and 1, so the model must end in a softmax or a sigmoid.",
      wrong: model("flatten", "dense: 10") + training("mean_squared_error") + "  metrics: [auc]\n",
      right: model("flatten", "dense: 10", "softmax") + training("mean_squared_error") + "  metrics: [auc]\n"),
    CodeExplanation(
      SpecCode.unknownClass, summary: "a weight for a class that does not exist, or two for one class",
      explanation:
        "`class_weight` names classes by their index, from 0, or by their name. Classes that are not named have a weight of 1.",
      wrong: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  class_weight: {10: 2}\n",
      right: model("flatten", "dense: 10", "softmax") + data + training("categorical_crossentropy")
        + "  class_weight: {9: 2}\n"),
    CodeExplanation(
      SpecCode.badSlice, summary: "a slice that cannot be read",
      explanation:
        "Slices are those of TensorFlow Datasets: the name of a split, and bounds in counts or whole percents.",
      wrong: model("flatten") + data + "  split:\n    train: train[1000]\n",
      right: model("flatten") + data + "  split:\n    train: train[:1000]\n"),
    CodeExplanation(
      SpecCode.validationFraction, summary: "a validation fraction outside of 0 to 1",
      explanation:
        "The last part of the training samples validates, as with Keras's `validation_split`. 20 percent is 0.2.",
      wrong: model("flatten") + data + "  split:\n    validation: 20\n",
      right: model("flatten") + data + "  split:\n    validation: 0.2\n"),
    CodeExplanation(
      SpecCode.inputMismatch, summary: "a model whose input is not what the data has",
      explanation: "Samples of built-in data sets have a known shape, and the model's `input` must be the same.",
      wrong: model("flatten", input: "[32, 32, 3]") + data, right: model("flatten") + data),
    CodeExplanation(
      SpecCode.classNames, summary: "class names that do not fit the classes",
      explanation: "There is one name a class, and each is there once.",
      wrong: model("flatten") + data + "  class_names: [shirt, shoe]\n", right: model("flatten") + data),
    CodeExplanation(
      SpecCode.unfitSetting, summary: "a setting that the source has no use for",
      explanation:
        "`image_size` and `color_mode` say what image files become; other sources hold samples of one size already. `order: tfds` is for what TensorFlow Datasets has.",
      wrong: model("flatten") + data + "  image_size: [64, 64]\n", right: model("flatten") + data),
    CodeExplanation(
      SpecCode.shares, summary: "numbers of samples where shares are meant",
      explanation:
        "`stratify: true` takes a share of every class, `hash: true` a share of what samples hold; so slices are percents there, and `validation` and `test` may be fractions. An `image_folder` is stratified unless the spec says otherwise, since it lists one class after the other.",
      wrong: model("flatten") + data + "  split: {train: \"train[:1000]\", stratify: true}\n",
      right: model("flatten") + data + "  split: {train: \"train[:80%]\", stratify: true}\n"),
    CodeExplanation(
      SpecCode.unmeasuredExpectation, summary: "an expectation of a metric that is never measured",
      explanation:
        "`accuracy` needs `metrics: [accuracy]`, `val_…` a validation split and `test_…` a test split. Otherwise training would end before anyone found out.",
      wrong: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist, rescale: 1/255}\ntraining: {optimizer: adam, loss: categorical_crossentropy}\nexpect: {val_loss: \"<= 1\"}\n",
      right: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist, rescale: 1/255}\ntraining: {optimizer: adam, loss: categorical_crossentropy}\nexpect: {loss: \"<= 1\"}\n"
    ),
    CodeExplanation(
      SpecCode.brokenExpectation, summary: "an expectation of the spec that does not hold",
      explanation:
        "`expect` holds a model to its size and shape, and a run to its results. Nothing is wrong with the spec as such.",
      wrong: model("flatten", "dense: 10") + "expect:\n  total_params: 7840\n",
      right: model("flatten", "dense: 10") + "expect:\n  total_params: 7850\n"),
    CodeExplanation(
      SpecCode.impossibleExpectation, summary: "an expectation that nothing can meet",
      explanation:
        "Accuracies lie from 0 to 1 (95 percent are 0.95), losses are not negative, counts are whole numbers. Training would end before anyone found out.",
      wrong: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist, rescale: 1/255}\ntraining: {optimizer: adam, loss: categorical_crossentropy, metrics: [accuracy]}\nexpect: {accuracy: \">= 95\"}\n",
      right: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist, rescale: 1/255}\ntraining: {optimizer: adam, loss: categorical_crossentropy, metrics: [accuracy]}\nexpect: {accuracy: \">= 0.95\"}\n"
    ),
  ]
}
