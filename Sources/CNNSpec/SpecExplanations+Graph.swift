internal import CNNDiagnostics

extension SpecExplanations {
  static let shapes = [
    CodeExplanation(
      SpecCode.wrongRank, summary: "a layer for images that gets none",
      explanation:
        "Convolutions and pools take height, width and channels. Behind `flatten` or a global pool there are only features.",
      wrong: model("flatten", "conv2d: {filters: 8, kernel_size: 3}"),
      right: model("conv2d: {filters: 8, kernel_size: 3}", "flatten")),
    CodeExplanation(
      SpecCode.badExtents, summary: "an input of neither three extents nor one",
      explanation: "Images have height, width and channels; features have their number. The batch is not among them.",
      wrong: model("flatten", input: "[28, 28]"), right: model("flatten", input: "[28, 28, 1]")),
    CodeExplanation(
      SpecCode.sizeLimit, summary: "a size beyond what a spec may ask for",
      explanation:
        "An extent may be 2^20, a tensor or all weights together 2^40 elements, the work of a layer 2^46 products a sample. So no size that follows can overflow.",
      wrong: model("flatten", input: "[1048576, 1048576, 1048576]"), right: model("flatten", input: "[1024, 1024, 3]")),
    CodeExplanation(
      SpecCode.windowExceedsInput, summary: "a window larger than the image that it slides over",
      explanation:
        "With `padding: valid` every convolution and every pool makes the image smaller, until nothing is left. The note shows how it shrank.",
      wrong: model("max_pooling2d: 3", input: "[2, 2, 1]"),
      right: model("max_pooling2d: {pool_size: 3, padding: same}", input: "[2, 2, 1]")),
    CodeExplanation(
      SpecCode.groups, summary: "groups that do not divide the channels",
      explanation: "A grouped convolution cuts the channels of its input and of its output into groups of equal size.",
      wrong: model("conv2d: {filters: 8, kernel_size: 3, groups: 3}", input: "[28, 28, 4]"),
      right: model("conv2d: {filters: 8, kernel_size: 3, groups: 4}", input: "[28, 28, 4]")),
    CodeExplanation(
      SpecCode.stridesWithDilation, summary: "a convolution with strides and dilation at once",
      explanation: "Keras refuses the combination, and so do we.",
      wrong: model("conv2d: {filters: 8, kernel_size: 3, strides: 2, dilation_rate: 2}"),
      right: model("conv2d: {filters: 8, kernel_size: 3, dilation_rate: 2}")),
    CodeExplanation(
      SpecCode.unlikeShapes, summary: "inputs of unlike shapes that are merged",
      explanation: "`add` takes inputs of one shape; `concatenate` lets them differ along its axis alone.",
      wrong: model(
        "conv2d: {filters: 8, kernel_size: 3, name: a}", "conv2d: {filters: 8, kernel_size: 3, name: b}",
        "add: {inputs: [a, b]}"),
      right: model(
        "conv2d: {filters: 8, kernel_size: 3, name: a}",
        "conv2d: {filters: 8, kernel_size: 3, padding: same, name: b}", "add: {inputs: [a, b]}")),
    CodeExplanation(
      SpecCode.badAxis, summary: "an axis that there is not, or that the layer cannot work on",
      explanation: "Axes count as in Keras: the batch is 0, and -1 is the last, the channels.",
      wrong: model("softmax: {axis: 1}"), right: model("softmax")),
    CodeExplanation(
      SpecCode.reshape, summary: "a shape for more or fewer values than a sample has",
      explanation:
        "`reshape` keeps every value, so the extents multiply to their number; `-1` stands for what is left.",
      wrong: model("reshape: [7, 7, 64]"), right: model("reshape: [7, 7, -1]")),
    CodeExplanation(
      SpecCode.outputPadding, summary: "an output padding that no transposed convolution can have",
      explanation:
        "Strides make several sizes possible for the output; `output_padding` chooses one of them, so it is below the strides. With `padding: same` and a kernel of even size, 0 is too little as well.",
      wrong: model("conv2d_transpose: {filters: 8, kernel_size: 3, strides: 2, output_padding: 2}"),
      right: model("conv2d_transpose: {filters: 8, kernel_size: 3, strides: 2, output_padding: 1}")),
  ]

  static let graph = [
    CodeExplanation(
      SpecCode.unknownInput, summary: "a layer that is read and does not exist",
      explanation:
        "`inputs` names layers, by the name that they are given or by Keras's automatic one; `input` is the model's own.",
      wrong: model("dense: {units: 10, name: first}", "dense: {units: 10, inputs: [frist]}"),
      right: model("dense: {units: 10, name: first}", "dense: {units: 10, inputs: [first]}")),
    CodeExplanation(
      SpecCode.cycle, summary: "layers that read each other in a circle",
      explanation: "A layer can be computed once all that it reads has been.",
      wrong: model("dense: {units: 10, name: a, inputs: [b]}", "dense: {units: 10, name: b}"),
      right: model("dense: {units: 10, name: a}", "dense: {units: 10, name: b}")),
    CodeExplanation(
      SpecCode.unusedLayer, summary: "a layer that no other reads",
      explanation:
        "The model's output is the last layer. What nothing leads from to there would be trained for nothing.",
      wrong: model("dense: {units: 10, name: a}", "dense: {units: 10, name: b, inputs: [input]}"),
      right: model("dense: {units: 10, name: a}", "dense: {units: 10, name: b, inputs: [a]}")),
    CodeExplanation(
      SpecCode.inputCount, summary: "more or fewer inputs than a layer reads",
      explanation: "Merges read two or more layers, named in `inputs`; all others read one.",
      wrong: model("flatten", "add"), right: model("flatten", "add: {inputs: [flatten, flatten]}")),
    CodeExplanation(
      SpecCode.noLayers, summary: "a model without layers", explanation: "A model has at least one layer.",
      wrong: "model:\n  input: [28, 28, 1]\n  layers: []\n", right: model("flatten")),
    CodeExplanation(
      SpecCode.tooManyLayers, summary: "more layers than a spec may have",
      explanation: "A spec may have 10,000 layers.", wrong: "", right: ""),
  ]
}
