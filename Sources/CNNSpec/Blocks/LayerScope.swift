/// What a layer reads, as far as its text tells; `LayerWiring` finds the layer.
package enum LayerReading: Sendable {
  case modelInput
  /// An index into the list of layers at hand.
  case layer(Int)
  /// A name, looked for in a scope and in those around it.
  case named(Located<String>, scope: Int)
  /// What a block with faults gives, which are reported.
  case unknown
}

/// The names that are known in one place: the model, or one use of a block.
///
/// The first scope is the model's. Every other has a parent with a lower index, so each search ends.
package struct LayerScope: Sendable {
  package let parent: Int?
  /// What `input` stands for here: the model's own, or what the block was given.
  package let input: LayerReading
  /// Names as written here, of layers and of blocks, which stand for their output.
  package var names: [String: LayerReading] = [:]
}

/// How names that are written inside of blocks become names of the whole model.
///
///     repeat: {name: stage, …}   conv → stage1_conv, stage2_conv, …
///     repeat without a name      conv → conv_1, conv_2, …
///     residual, branches, a use of a block: {name: top, …}   conv → top_conv
///     a use of block `unit` without a name      conv → unit_conv, then unit_1_conv, …
struct LayerNaming {
  var prefix = ""
  var suffix = ""
  /// Whether the names are counted, and so those of others when a use of a block comes or goes.
  var isCounted = false

  func name(_ written: String) -> String { prefix + written + suffix }

  /// Inside of a block of this full name.
  func inside(_ name: String, isCounted: Bool = false) -> LayerNaming {
    LayerNaming(prefix: name + "_", isCounted: self.isCounted || isCounted)
  }

  func repetition(_ number: Int, of name: String?) -> LayerNaming {
    var naming = self
    if let name {
      naming = inside(self.name(name) + (suffix.isEmpty ? "" : "_") + "\(number)")
    } else {
      naming.suffix += "_\(number)"
    }
    return naming
  }
}
