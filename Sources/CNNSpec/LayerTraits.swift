/// What advice may know of a layer beside its shapes: how its output follows from its input.
///
/// A kind that says nothing of itself draws no advice.
package struct LayerTraits: Sendable {
  /// The window that slides over its image, if one does.
  package var window: WindowArguments?
  /// In inference its output is an affine function of its input (an activation of its own apart).
  package var isAffine = false
  /// Brings values of any scale to about the same one.
  package var setsScale = false
  /// Subtracts a mean over the batch (while it trains), and so whatever constant was added before.
  package var removesConstants = false
  /// Zeros part of its input at random while training.
  package var dropsValues = false
  /// Works on the last axis alone, whatever the others mean.
  package var isForFeatures = false

  package init() {}

  package init(_ change: (inout LayerTraits) -> Void) { change(&self) }
}
