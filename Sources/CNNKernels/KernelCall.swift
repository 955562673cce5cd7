/// A kernel bound to its slots: all that is left to say is which images and where the arena is.
package protocol KernelCall: Sendable {
  /// Runs for `part`; calls for disjoint parts may run at the same time.
  func run(_ frame: Frame, _ part: Part)
  /// Into how many bands of rows it is worth splitting one piece; 1 for calls that know of none.
  var mostBands: Int { get }
}

extension KernelCall {
  package var mostBands: Int { 1 }
}

/// How a step may be split among workers; the split never depends on how many there are.
package enum StepDomain: Sendable, Hashable {
  /// Over the images of the batch; needs no other image's values.
  case images
  /// By one worker, after everything before it is done.
  case once
  /// In this many independent tiles.
  case tiles(Int)
}
