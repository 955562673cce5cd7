internal import CNNDiagnostics

extension SpecExplanations {
  private static let data = "data:\n  source: fashion_mnist\n"
  private static let scaled = data + "  rescale: 1/255\n"
  private static let head = "training:\n  optimizer: adam\n  loss: categorical_crossentropy\n"

  /// Warnings, which `# cnnrun: ignore[CODE]` silences where they are meant to be so.
  private static func schedule(steps: Int) -> String {
    model("flatten", "dense: 10", "softmax") + "data: {source: fashion_mnist, rescale: 1/255}\n"
      + "training:\n  optimizer: {adam: {learning_rate: {cosine_decay: {initial_learning_rate: 0.001, decay_steps: \(steps)}}}}\n"
      + "  loss: categorical_crossentropy\n  batch_size: 64\n  epochs: 10\n"
  }

  static let advice = [
    CodeExplanation(
      SpecCode.rawPixels, summary: "pixels of 0 to 255 that nothing rescales",
      explanation:
        "Initializers expect inputs of about 1. With pixels as they are the first losses are large and the learning rate is too high for them; training may still work, as in some tutorials. `rescale: 1/255` in `data`, a `rescaling` layer or a `batch_normalization` first are the usual answers.",
      wrong: model("flatten", "dense: 10") + data, right: model("flatten", "dense: 10") + scaled),
    CodeExplanation(
      SpecCode.uselessBias, summary: "a bias that the batch normalization behind it takes away",
      explanation:
        "Batch normalization subtracts each channel's mean, and with it whatever constant was added; its own `beta` is the bias. The weights of the first cost memory and time for nothing.",
      wrong: model("conv2d: {filters: 8, kernel_size: 3}", "batch_normalization"),
      right: model("conv2d: {filters: 8, kernel_size: 3, use_bias: false}", "batch_normalization")),
    CodeExplanation(
      SpecCode.batchOfOne, summary: "batch normalization with a batch of one sample",
      explanation:
        "Mean and variance are taken over the batch. Of one sample's features the variance is 0, so the output is `beta` whatever comes in; of one image they are the image's own, far from the moving ones of inference.",
      wrong: model("flatten", "dense: {units: 10, use_bias: false}", "batch_normalization", "softmax") + head
        + "  batch_size: 1\n",
      right: model("flatten", "dense: {units: 10, use_bias: false}", "batch_normalization", "softmax") + head
        + "  batch_size: 8\n"),
    CodeExplanation(
      SpecCode.unreadBorder, summary: "rows or columns that no window reads",
      explanation:
        "With `padding: valid` windows stop where the next would not fit, and windows further apart than they are large leave gaps. What lies there has no influence on the output. Windows of one cell, which are meant to skip, draw no advice.",
      wrong: model("max_pooling2d", input: "[7, 7, 1]"),
      right: model("max_pooling2d: {padding: same}", input: "[7, 7, 1]")),
    CodeExplanation(
      SpecCode.dropoutOnOutput, summary: "a dropout that acts on the output",
      explanation:
        "Dropout makes layers behind it rely on no single value. With no weights behind it, it only zeros results at random, and the loss with them.",
      wrong: model("flatten", "dense: 10", "dropout: 0.5"), right: model("flatten", "dropout: 0.5", "dense: 10")),
    CodeExplanation(
      SpecCode.dependentFilters, summary: "more filters than their patch has values, without an activation",
      explanation:
        "n filters over a patch of k values are n linear forms in k unknowns. With n > k the rest are combinations of the first k, and a linear layer behind them could do with those. With an activation in between each is a feature of its own, and nothing is said.",
      wrong: model("conv2d: {filters: 8, kernel_size: 1}", "conv2d: {filters: 4, kernel_size: 3}"),
      right: model("conv2d: {filters: 8, kernel_size: 1, activation: relu}", "conv2d: {filters: 4, kernel_size: 3}")),
    CodeExplanation(
      SpecCode.denseOnImage, summary: "a dense layer on an image",
      explanation:
        "`dense` works on the last axis, as in Keras: on the channels of each pixel. A `flatten` that was forgotten looks just so; a convolution with `kernel_size: 1` says the same and says it is meant. Nothing is said behind a normalisation, or where windows or merges take the image on, as in ConvNeXt.",
      wrong: model("dense: 10", "flatten", input: "[28, 28, 1]"), right: model("flatten", "dense: 10")),
    CodeExplanation(
      SpecCode.unusedSection, summary: "an expectation of training in a spec that cannot be trained",
      explanation: "Metrics and times are measured by training, which needs the sections `data` and `training`.",
      wrong: model("flatten", "dense: 10") + "expect:\n  val_accuracy: \">= 0.8\"\n",
      right: model("flatten", "dense: 10") + "expect:\n  output_shape: [10]\n"),
    CodeExplanation(
      SpecCode.idleCallback, summary: "a callback that waits longer than training lasts",
      explanation: "It acts after `patience` epochs without improvement, and there are not so many.",
      wrong: model("flatten", "dense: 10", "softmax") + head
        + "  epochs: 5\n  callbacks:\n    - early_stopping: {monitor: loss, patience: 5}\n",
      right: model("flatten", "dense: 10", "softmax") + head
        + "  epochs: 50\n  callbacks:\n    - early_stopping: {monitor: loss, patience: 5}\n"),
    CodeExplanation(
      SpecCode.idleArgument, summary: "an argument that changes nothing",
      explanation:
        "Nesterov's step looks ahead along the momentum, an average of the weights is kept only with `use_ema: true`, and the label is always among as many values as there are.",
      wrong: model("flatten", "dense: 10")
        + "training:\n  optimizer: {sgd: {nesterov: true}}\n  loss: mean_squared_error\n",
      right: model("flatten", "dense: 10")
        + "training:\n  optimizer: {sgd: {momentum: 0.9, nesterov: true}}\n  loss: mean_squared_error\n"),
    CodeExplanation(
      SpecCode.scheduleLength, summary: "a schedule that does not fit the number of steps",
      explanation:
        "Schedules count steps, batches that is, not epochs: 60,000 samples in batches of 64 are 938 steps an epoch. A decay that is over within a tenth of them, or has hardly begun at their end, is most likely meant otherwise.",
      wrong: schedule(steps: 10), right: schedule(steps: 9380)),
    CodeExplanation(
      SpecCode.unusedDefinition, summary: "a value or a block of `define` that nothing uses",
      explanation:
        "A name without `$` is a word of its own, so a value that was meant to be used may be one that is not. What is left from an earlier version misleads whoever reads it.",
      wrong: "define:\n  width: 64\n" + model("flatten", "dense: 64"),
      right: "define:\n  width: 64\n" + model("flatten", "dense: $width")),
    CodeExplanation(
      SpecCode.hollowExpectation,
      summary: "an expectation that always holds, hardly ever, or is the reverse of its key",
      explanation:
        "Every model has at least 0 parameters, and no accuracy is above 1: such a contract is never broken. `max_memory` and `max_seconds` are upper bounds; with `>=` they would complain of what is small. A metric alone is held to be exactly so.",
      wrong: model("flatten", "dense: 10") + "expect:\n  total_params: \">= 0\"\n",
      right: model("flatten", "dense: 10") + "expect:\n  total_params: \"<= 10 k\"\n"),
    CodeExplanation(
      SpecCode.channelsFirst, summary: "an input that looks like channels, height and width",
      explanation:
        "Images are height, width, channels here, as in Keras; PyTorch has the channels first. Where padding keeps sizes, a model of the other order fits too, and learns from slices of the image.",
      wrong: model("global_average_pooling2d", input: "[3, 64, 64]"),
      right: model("global_average_pooling2d", input: "[64, 64, 3]")),
    CodeExplanation(
      Suppression.unknownIgnore, summary: "a comment that ignores what cannot be ignored",
      explanation: "Only advice can be ignored, by its code: errors stay errors, and other codes there are not.",
      wrong: model("flatten  # cnnrun: ignore[CN9999]", "dense: 10"), right: model("flatten", "dense: 10")),
    CodeExplanation(
      Suppression.unusedIgnore, summary: "a comment that ignores advice which is not given",
      explanation:
        "The advice was followed, or the comment stands on another line. Left there, it would silence what comes later.",
      wrong: model("flatten  # cnnrun: ignore[CN9104]", "dense: 10"), right: model("flatten", "dense: 10")),
    CodeExplanation(
      Suppression.malformedIgnore,
      summary: "a comment that is meant to ignore advice, and is not in the form that does",
      explanation:
        "`# cnnrun: ignore[CN9101]` is the form: a colon and a blank, the codes in square brackets, commas between them, and behind the bracket a blank and a reason, or nothing. A comment that is nearly so would silence nothing, and say nothing.",
      wrong: model("flatten  # cnnrun: ignore CN9104", "dense: 10"), right: model("flatten", "dense: 10")),
    CodeExplanation(
      SpecCode.leakingSamples, summary: "samples that are measured on and trained on",
      explanation:
        "`validate --check-data` found samples that hold the same, byte for byte, as samples of another role, under other names or places. What is measured on them says nothing about new ones. With `split: {hash: true}` samples that hold the same are always on one side.",
      wrong: "", right: ""),
    CodeExplanation(
      SpecCode.contradictoryLabels, summary: "one picture under two classes",
      explanation:
        "`validate --check-data` found samples that hold the same, byte for byte, and have different labels: at least one of the labels is wrong.",
      wrong: "", right: ""),
  ]
}
