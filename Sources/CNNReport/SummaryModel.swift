/// One layer of a summary table.
package struct SummaryRow: Sendable, Equatable {
  package let name: String
  package let className: String
  /// Without the batch axis: `[24, 24, 32]` is printed as `(None, 24, 24, 32)`.
  package let outputShape: [Int]
  package let parameterCount: Int
  /// Names of the layers whose output it reads, in order.
  package let connectedTo: [String]
  /// The classic table puts the shape of an `InputLayer` in brackets.
  package let isInput: Bool

  package init(
    name: String, className: String, outputShape: [Int], parameterCount: Int,
    connectedTo: [String] = [], isInput: Bool = false
  ) {
    self.name = name
    self.className = className
    self.outputShape = outputShape
    self.parameterCount = parameterCount
    self.connectedTo = connectedTo
    self.isInput = isInput
  }

  var title: String { "\(name) (\(className))" }

  /// A layer has one node and one output here, hence the zeros.
  var connections: [String] { connectedTo.map { "\($0)[0][0]" } }
}

/// What a summary says of a network, independent of how the table looks.
///
/// Rows are printed as they come: Keras lists an `InputLayer` for a functional model, even a
/// straight one, and none for a `Sequential`.
package struct SummaryModel: Sendable, Equatable {
  package let name: String
  package let rows: [SummaryRow]
  /// True for a chain of layers: the table has no column "Connected to".
  package let isSequential: Bool
  package let totalParameters: Int
  package let trainableParameters: Int
  package let nonTrainableParameters: Int

  package init(
    name: String, rows: [SummaryRow], isSequential: Bool,
    totalParameters: Int, trainableParameters: Int, nonTrainableParameters: Int
  ) {
    self.name = name
    self.rows = rows
    self.isSequential = isSequential
    self.totalParameters = totalParameters
    self.trainableParameters = trainableParameters
    self.nonTrainableParameters = nonTrainableParameters
  }

  var header: [String] {
    ["Layer (type)", "Output Shape", "Param #"] + (isSequential ? [] : ["Connected to"])
  }

  var totals: [(title: String, count: Int)] {
    [
      ("Total params", totalParameters),
      ("Trainable params", trainableParameters),
      ("Non-trainable params", nonTrainableParameters),
    ]
  }
}
