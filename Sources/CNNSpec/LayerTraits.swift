package import CNNGraph

/// What advice may know of a layer beside its shapes: how its output follows from its input.
///
/// A kind that says nothing of itself draws no advice.
package struct LayerTraits: Sendable {
  /// The window that slides over its image, if one does.
  package var window: WindowArguments?
  /// The window that slides over its output instead, a stride for each pixel of its image: of a transposed convolution.
  package var windowOverOutput: WindowArguments?
  /// In inference its output is an affine function of its input (an activation of its own apart).
  package var isAffine = false
  /// Brings values of any scale to about the same one.
  package var setsScale = false
  /// Takes mean and variance over the batch while it trains.
  package var normalizesOverBatch = false
  /// Whether of an input of this type it subtracts the mean of each channel (the last axis) by itself, and so whatever
  /// constants were added to the channels before.
  package var removesConstants: @Sendable (TensorType) -> Bool = { _ in false }
  /// Zeros that it adds behind the last row and column.
  package var zerosBehind = IntegerPair(0)
  /// Zeros part of its input at random while training.
  package var dropsValues = false
  /// The last axis of its kernel counts filters, each a linear form of as many values as the other axes have.
  package var hasFilters = false
  /// Works on the last axis alone, whatever the others mean.
  package var isForFeatures = false

  package init() {}

  package init(_ change: (inout LayerTraits) -> Void) { change(&self) }
}
