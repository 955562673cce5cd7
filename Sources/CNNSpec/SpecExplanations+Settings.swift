internal import CNNDiagnostics

extension SpecExplanations {
  private static let data = "data:\n  source: fashion_mnist\n"
  private static func training(_ loss: String) -> String { "training:\n  optimizer: adam\n  loss: \(loss)\n" }

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
      wrong: model("dense: 10", "softmax") + training("categorical_crossentropy"),
      right: model("flatten", "dense: 10", "softmax") + training("categorical_crossentropy")),
    CodeExplanation(
      SpecCode.softmaxOfOne, summary: "a softmax over a single value",
      explanation: "Probabilities sum to 1, so the only one is always 1.",
      wrong: model("flatten", "dense: 1", "softmax") + training("sparse_categorical_crossentropy"),
      right: model("flatten", "dense: 2", "softmax") + training("sparse_categorical_crossentropy")),
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
      SpecCode.unmeasuredExpectation, summary: "an expectation of a metric that is never measured",
      explanation:
        "`accuracy` needs `metrics: [accuracy]`, `val_…` a validation split and `test_…` a test split. Otherwise training would end before anyone found out.",
      wrong: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist}\ntraining: {optimizer: adam, loss: categorical_crossentropy}\nexpect: {val_loss: \"<= 1\"}\n",
      right: model("flatten", "dense: {units: 10, activation: softmax}")
        + "data: {source: fashion_mnist}\ntraining: {optimizer: adam, loss: categorical_crossentropy}\nexpect: {loss: \"<= 1\"}\n"
    ),
    CodeExplanation(
      SpecCode.brokenExpectation, summary: "an expectation of the spec that does not hold",
      explanation:
        "`expect` holds a model to its size and shape, and a run to its results. Nothing is wrong with the spec as such.",
      wrong: model("flatten", "dense: 10") + "expect:\n  total_params: 7840\n",
      right: model("flatten", "dense: 10") + "expect:\n  total_params: 7850\n"),
  ]
}
