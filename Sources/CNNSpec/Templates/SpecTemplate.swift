/// Specs to begin with.
package enum Template: String, CaseIterable, Sendable {
  case minimal
  case fashionMNIST = "fashion-mnist"
  case mnist, digits, cifar10
  case imageFolder = "image-folder"
  case residual
}

package enum SpecTemplate {
  /// The text of a template, under the line that leads editors to the schema.
  ///
  /// - Parameter name: what the model will be called.
  package static func text(_ template: Template, name: String, schema: String) -> String {
    let body =
      switch template {
      case .minimal: minimal
      case .fashionMNIST: small(data: "fashion_mnist", input: "[28, 28, 1]")
      case .mnist: small(data: "mnist", input: "[28, 28, 1]")
      case .digits: digits
      case .cifar10: cifar10
      case .imageFolder: imageFolder
      case .residual: residual
      }
    return "# yaml-language-server: $schema=\(schema)\nname: \(name)\n\n\(body)"
  }

  /// `my net.yaml` makes a model `my_net`.
  package static func name(fromFile file: String) -> String {
    let suffix = [".yaml", ".yml"].first { file.hasSuffix($0) } ?? ""
    let stem = String(file.dropLast(suffix.count))
    return LayerNames.isValid(stem) ? stem : LayerNames.mended(stem)
  }

  private static let minimal = """
    model:
      input: [28, 28, 1]                 # height, width, channels
      layers:
        - conv2d: {filters: 8, kernel_size: 3, activation: relu}
        - max_pooling2d
        - flatten
        - dense: 10
        - softmax

    """

  private static func small(data: String, input: String) -> String {
    """
    data:
      source: \(data)
      split:
        train: train[:90%]
        validation: train[90%:]
        test: test

    model:
      input: \(input)                 # height, width, channels
      layers:
        - rescaling: 1/255               # pixels of 0..255 become 0..1
        - conv2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
        - max_pooling2d
        - conv2d: {filters: 64, kernel_size: 3, padding: same, activation: relu}
        - max_pooling2d
        - flatten
        - dropout: 0.5
        - dense: 10
        - softmax

    \(training(epochs: 10))
    """
  }

  private static let digits = """
    data:
      source: digits                     # 1,797 of them travel with the program
      split: {validation: 0.2, stratify: true}
      rescale: 1/16                      # pixels of 0..16 become 0..1

    model:
      input: [8, 8, 1]                   # height, width, channels
      layers:
        - conv2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
        - conv2d: {filters: 32, kernel_size: 3, activation: relu}
        - max_pooling2d
        - flatten
        - dropout: 0.25
        - dense: 10
        - softmax

    \(training(epochs: 15))
    """

  private static let cifar10 = """
    data:
      source: cifar10
      split:
        train: train[:90%]
        validation: train[90%:]
        test: test

    model:
      input: [32, 32, 3]                 # height, width, channels
      layers:
        - rescaling: 1/255               # pixels of 0..255 become 0..1
        - conv2d: {filters: 32, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization
        - relu
        - max_pooling2d
        - conv2d: {filters: 64, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization
        - relu
        - max_pooling2d
        - conv2d: {filters: 128, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization
        - relu
        - global_average_pooling2d
        - dropout: 0.3
        - dense: 10
        - softmax

    \(training(epochs: 30))
    """

  private static let imageFolder = """
    data:
      source: {image_folder: images}     # a folder a class: images/cat/1.jpg, images/dog/2.jpg
      split: {validation: 0.2}           # the last fifth of every class
      image_size: [64, 64]               # what each is resized to

    model:
      input: [64, 64, 3]                 # height, width, channels
      layers:
        - rescaling: 1/255               # pixels of 0..255 become 0..1
        - conv2d: {filters: 16, kernel_size: 3, padding: same, activation: relu}
        - max_pooling2d
        - conv2d: {filters: 32, kernel_size: 3, padding: same, activation: relu}
        - max_pooling2d
        - conv2d: {filters: 64, kernel_size: 3, padding: same, activation: relu}
        - global_average_pooling2d
        - dense: 2                       # as many as there are classes
        - softmax

    \(training(epochs: 20))
    """

  private static let residual = """
    data:
      source: fashion_mnist
      split:
        train: train[:90%]
        validation: train[90%:]

    model:
      input: [28, 28, 1]                 # height, width, channels
      layers:
        - rescaling: 1/255               # pixels of 0..255 become 0..1
        - conv2d: {filters: 16, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization
        - relu: {name: stem}

        # The branch; `same` keeps the shape, so that the sum fits.
        - conv2d: {filters: 16, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization
        - relu
        - conv2d: {filters: 16, kernel_size: 3, padding: same, use_bias: false}
        - batch_normalization: {name: branch}
        - add: {inputs: [branch, stem]}
        - relu

        - global_average_pooling2d
        - dense: 10
        - softmax

    \(training(epochs: 10))
    """

  private static func training(epochs: Int) -> String {
    """
    training:
      optimizer: adam
      loss: sparse_categorical_crossentropy
      metrics: [accuracy]
      batch_size: 64
      epochs: \(epochs)
      seed: 1

    """
  }
}
