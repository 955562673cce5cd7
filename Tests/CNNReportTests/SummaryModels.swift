import CNNReport

/// The networks of `Fixtures/make_goldens.py`, written out as rows.
enum SummaryModels {
  static let sequential = SummaryModel(
    name: "sequential",
    rows: [
      row("conv2d", "Conv2D", [24, 24, 32], 832),
      row("max_pooling2d", "MaxPooling2D", [12, 12, 32], 0),
      row("conv2d_1", "Conv2D", [12, 12, 32], 16416),
      row("max_pooling2d_1", "MaxPooling2D", [6, 6, 32], 0),
      row("conv2d_2", "Conv2D", [4, 4, 32], 9248),
      row("flatten", "Flatten", [512], 0),
      row("dropout", "Dropout", [512], 0),
      row("dense", "Dense", [10], 5130),
      row("activation", "Activation", [10], 0),
    ], isSequential: true,
    totalParameters: 31626, trainableParameters: 31626, nonTrainableParameters: 0)

  static let branching = SummaryModel(
    name: "functional",
    rows: [
      input("input_layer", [32, 32, 3]),
      row("conv2d", "Conv2D", [32, 32, 16], 448, ["input_layer"]),
      row("batch_normalization", "BatchNormalization", [32, 32, 16], 64, ["conv2d"]),
      row("re_lu", "ReLU", [32, 32, 16], 0, ["batch_normalization"]),
      row("add", "Add", [32, 32, 16], 0, ["conv2d", "re_lu"]),
      row("global_average_pooling2d", "GlobalAveragePooling2D", [16], 0, ["add"]),
      row("dense", "Dense", [10], 170, ["global_average_pooling2d"]),
    ], isSequential: false,
    totalParameters: 682, trainableParameters: 650, nonTrainableParameters: 32)

  static let classicBranching = SummaryModel(
    name: "model",
    rows: [
      input("input_1", [32, 32, 3]),
      row("conv2d", "Conv2D", [32, 32, 16], 448, ["input_1"]),
      row("re_lu", "ReLU", [32, 32, 16], 0, ["conv2d"]),
      row("add", "Add", [32, 32, 16], 0, ["conv2d", "re_lu"]),
      row("global_average_pooling2d", "GlobalAveragePooling2D", [16], 0, ["add"]),
      row("dense", "Dense", [10], 170, ["global_average_pooling2d"]),
    ], isSequential: false,
    totalParameters: 618, trainableParameters: 618, nonTrainableParameters: 0)

  static let straight = SummaryModel(
    name: "straight",
    rows: [input("input_1", [8]), row("dense", "Dense", [10], 90, ["input_1"])],
    isSequential: true,
    totalParameters: 90, trainableParameters: 90, nonTrainableParameters: 0)

  static let long = SummaryModel(
    name: "a_model_with_a_very_long_name_indeed",
    rows: [
      row(
        "a_first_convolution_with_a_name_of_more_than_forty_characters", "Conv2D",
        [998, 998, 123456], 3_456_768),
      row("pool", "GlobalAveragePooling2D", [123456], 0),
      row("classifier_of_everything_there_is", "Dense", [100], 12_345_700),
    ], isSequential: true,
    totalParameters: 15_802_468, trainableParameters: 15_802_468, nonTrainableParameters: 0)

  static let longBranching = SummaryModel(
    name: "wide",
    rows: [
      input("photographs", [1000, 1000, 3]),
      row(
        "depthwise_convolution_of_the_left_branch", "DepthwiseConv2D", [1000, 1000, 3], 30,
        ["photographs"]),
      row("b", "Conv2D", [1000, 1000, 3], 12, ["photographs"]),
      row(
        "merge_all_of_them", "Concatenate", [1000, 1000, 9], 0,
        ["depthwise_convolution_of_the_left_branch", "b", "photographs"]),
      row("head", "Conv2D", [994, 994, 12345], 5_456_490, ["merge_all_of_them"]),
    ], isSequential: false,
    totalParameters: 5_456_532, trainableParameters: 5_456_532, nonTrainableParameters: 0)

  private static func row(
    _ name: String, _ className: String, _ outputShape: [Int], _ parameterCount: Int,
    _ connectedTo: [String] = []
  ) -> SummaryRow {
    SummaryRow(
      name: name, className: className, outputShape: outputShape, parameterCount: parameterCount,
      connectedTo: connectedTo)
  }

  private static func input(_ name: String, _ shape: [Int]) -> SummaryRow {
    SummaryRow(
      name: name, className: "InputLayer", outputShape: shape, parameterCount: 0, isInput: true)
  }
}
