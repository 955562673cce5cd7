internal import CNNDiagnostics
internal import Synchronization

/// The layer kinds that a spec may use.
package struct LayerCatalog: Sendable {
  package let kinds: [any Layer.Type]
  private let byKind: [String: any Layer.Type]
  private let hints = Hints()

  package init(_ kinds: [any Layer.Type]) {
    self.kinds = kinds
    byKind = Dictionary(kinds.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Keys of layers, and the first kind that has them.
  package var ownersOfArguments: [String: String] { hints.tables(of: kinds).owners }

  /// What faults are explained with: made when the first asks for it, since a spec without faults never does.
  private final class Hints: Sendable {
    struct Tables: Sendable {
      var owners: [String: String] = [:]
      /// Kinds by their names without separators and letter case, and by their classes.
      var spellings: [String: any Layer.Type] = [:]
      var classes: [String: any Layer.Type] = [:]
    }

    private let known = Mutex<Tables?>(nil)

    func tables(of kinds: [any Layer.Type]) -> Tables {
      known.withLock { known in
        if let known { return known }
        var tables = Tables()
        for kind in kinds.reversed() {
          tables.spellings[LayerCatalog.folded(kind.kind)] = kind
          tables.classes[kind.className] = kind
          for argument in kind.arguments { tables.owners[argument.name] = kind.kind }
        }
        known = tables
        return tables
      }
    }
  }

  package subscript(kind: String) -> (any Layer.Type)? { byKind[kind] }

  /// Words that stand for a layer or a block of the language, so that no block of a spec may be called so.
  package var takenNames: [String] { Self.blocks.union(byKind.keys).sorted() }
  package func isTaken(_ word: String) -> Bool {
    byKind[word] != nil || Self.blocks.contains(word)
  }

  /// The kind that a word was meant for: a class of Keras or PyTorch, or a typing error.
  package func suggestion(for word: String) -> String? {
    if let kind = kinds.first(where: { $0.className == word }) { return kind.kind }
    let folded = String(word.lowercased().filter { $0 != "_" && $0 != "-" })
    if let alias = Self.aliases[folded], byKind[alias] != nil { return alias }
    // `MaxPooling2D`, `maxpooling2d`, `max-pooling2d`
    if let kind = kinds.first(where: { $0.kind.filter { $0 != "_" } == folded }) { return kind.kind }
    return Spelling.closest(to: word, among: kinds.map { $0.kind })
  }

  /// The kind that a word names but for letter case and separators: `Dense`, `MaxPooling2D`, `max-pooling2d`.
  package func kind(spelledLike word: String) -> (any Layer.Type)? {
    let tables = hints.tables(of: kinds)
    return tables.classes[word] ?? tables.spellings[Self.folded(word)]
  }

  /// Whether a word is a layer that Keras has and the language has not: nothing here is nearly the same.
  package static func isKerasLayer(_ word: String) -> Bool { kerasLayers.contains(folded(word)) }

  private static func folded(_ word: String) -> String { word.lowercased().filter { $0 != "_" && $0 != "-" } }

  /// Keras 3.15, `keras.layers`, without those that a kind of the language stands for.
  private static let kerasLayers: Set<String> = [
    "activityregularization", "additiveattention", "alphadropout", "attention", "averagepooling1d", "averagepooling3d",
    "bidirectional", "categoryencoding", "centercrop", "conv1d", "conv1dtranspose", "conv3d", "conv3dtranspose",
    "convlstm1d", "convlstm2d", "convlstm3d", "cropping1d", "cropping3d", "cutmix", "depthwiseconv1d", "discretization",
    "dot", "einsumdense", "embedding", "equalization", "gaussiandropout", "globalaveragepooling1d",
    "globalaveragepooling3d", "globalmaxpooling1d", "globalmaxpooling3d", "groupqueryattention", "gru", "grucell",
    "hashedcrossing", "hashing", "identity", "integerlookup", "lambda", "lstm", "lstmcell", "masking", "maxpooling1d",
    "maxpooling3d", "minimum", "mixup", "multiheadattention", "prelu", "randaugment", "randomcolordegeneration",
    "randomcolorjitter", "randomelastictransform", "randomerasing", "randomgaussianblur", "randomgrayscale",
    "randominvert", "randomperspective", "randomposterization", "randomhue", "randomsaturation", "randomsharpness",
    "randomshear", "repeatvector", "resizing", "rmsnormalization", "rnn", "separableconv1d", "simplernn",
    "simplernncell",
    "spatialdropout1d", "spatialdropout3d", "spectralnormalization", "stringlookup", "textvectorization",
    "thresholdedrelu", "timedistributed", "unitnormalization", "upsampling1d", "upsampling3d", "zeropadding1d",
    "zeropadding3d",
  ]

  package static let blocks: Set<String> = ["repeat", "residual", "branches"]

  private static let aliases: [String: String] = [
    "conv": "conv2d", "convolution": "conv2d", "convolution2d": "conv2d", "linear": "dense", "fc": "dense",
    "fullyconnected": "dense", "maxpool": "max_pooling2d", "maxpool2d": "max_pooling2d", "maxpooling": "max_pooling2d",
    "pool": "max_pooling2d", "pooling": "max_pooling2d", "avgpool": "average_pooling2d",
    "avgpool2d": "average_pooling2d", "averagepooling": "average_pooling2d", "averagepool2d": "average_pooling2d",
    "avgpooling2d": "average_pooling2d", "globalavgpool2d": "global_average_pooling2d",
    "globalavgpool": "global_average_pooling2d", "globalavgpooling": "global_average_pooling2d",
    "globalaveragepool": "global_average_pooling2d", "globalmaxpool": "global_max_pooling2d",
    "globalaveragepooling": "global_average_pooling2d", "gap": "global_average_pooling2d",
    "adaptiveavgpool2d": "global_average_pooling2d", "bn": "batch_normalization", "batchnorm": "batch_normalization",
    "batchnorm2d": "batch_normalization", "concat": "concatenate", "cat": "concatenate", "sum": "add",
    "depthwise": "depthwise_conv2d", "depthwiseconv": "depthwise_conv2d",
    "separableconv": "separable_conv2d", "separable": "separable_conv2d", "convtranspose2d": "conv2d_transpose",
    "convtranspose": "conv2d_transpose", "deconv": "conv2d_transpose", "deconvolution": "conv2d_transpose",
    "globalmaxpool2d": "global_max_pooling2d", "globalmaxpooling": "global_max_pooling2d",
    "adaptivemaxpool2d": "global_max_pooling2d", "zeropad2d": "zero_padding2d", "zeropadding": "zero_padding2d",
    "pad": "zero_padding2d", "crop": "cropping2d", "cropping": "cropping2d", "upsample": "up_sampling2d",
    "upsampling": "up_sampling2d", "resize": "up_sampling2d", "transpose": "permute", "view": "reshape",
    "rescale": "rescaling", "drop": "dropout", "layernorm": "layer_normalization", "groupnorm": "group_normalization",
    "dropout2d": "spatial_dropout2d", "spatialdropout": "spatial_dropout2d", "noise": "gaussian_noise",
    "randomhorizontalflip": "random_flip", "randomverticalflip": "random_flip", "flip": "random_flip",
    "translation": "random_translation", "rotation": "random_rotation", "zoom": "random_zoom",
    "contrast": "random_contrast", "brightness": "random_brightness",
    "lrelu": "leaky_relu", "mul": "multiply", "product": "multiply",
    "sub": "subtract", "mean": "average", "avg": "average",
  ]
}
