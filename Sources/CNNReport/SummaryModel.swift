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
  /// `nil` where the model is too large to be computed.
  package let figures: SummaryFigures?

  package init(
    name: String, className: String, outputShape: [Int], parameterCount: Int,
    connectedTo: [String] = [], isInput: Bool = false, figures: SummaryFigures? = nil
  ) {
    self.name = name
    self.className = className
    self.outputShape = outputShape
    self.parameterCount = parameterCount
    self.connectedTo = connectedTo
    self.isInput = isInput
    self.figures = figures
  }

  var title: String { "\(name) (\(className))" }

  /// A layer has one node and one output here, hence the zeros.
  var connections: [String] { connectedTo.map { "\($0)[0][0]" } }
}

/// What a layer costs and sees: the columns that Keras's tables do not have.
package struct SummaryFigures: Sendable, Equatable {
  /// Operations of one image's prediction, a multiply-add counting as two.
  package let flops: Int
  /// Bytes of the output of one image.
  package let memory: Int
  /// Rows and columns of the input that one output can depend on.
  package let receptiveField: SummarySize?
  package let kernel: SummarySize?

  package init(flops: Int, memory: Int, receptiveField: SummarySize?, kernel: SummarySize?) {
    self.flops = flops
    self.memory = memory
    self.receptiveField = receptiveField
    self.kernel = kernel
  }
}

package struct SummarySize: Sendable, Equatable {
  package let rows, columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// `3x3`
  package var text: String { "\(rows)x\(columns)" }
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
  /// Of one image's prediction; what the data is rescaled by is part of it, and no layer's.
  package let flops: Int?
  package let memory: [MemoryEstimate]
  /// Without the batch axis.
  package let inputShape, outputShape: [Int]

  package init(
    name: String, rows: [SummaryRow], isSequential: Bool,
    totalParameters: Int, trainableParameters: Int, nonTrainableParameters: Int, flops: Int? = nil,
    memory: [MemoryEstimate] = [], inputShape: [Int] = [], outputShape: [Int] = []
  ) {
    self.name = name
    self.rows = rows
    self.isSequential = isSequential
    self.totalParameters = totalParameters
    self.trainableParameters = trainableParameters
    self.nonTrainableParameters = nonTrainableParameters
    self.flops = flops
    self.memory = memory
    self.inputShape = inputShape
    self.outputShape = outputShape
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
