package import CNNSpec

extension LayerCatalog {
  /// Every layer kind that there is; a new one adds a line.
  package static let standard = LayerCatalog([
    Conv2D.self,
    Dense.self,
    MaxPooling2D.self,
    AveragePooling2D.self,
    GlobalAveragePooling2D.self,
    BatchNormalization.self,
    ActivationLayer.self,
    ReLU.self,
    LeakyReLU.self,
    ELU.self,
    Softmax.self,
    Dropout.self,
    Flatten.self,
    Reshape.self,
    Rescaling.self,
    Add.self,
    Subtract.self,
    Multiply.self,
    Average.self,
    Maximum.self,
    Concatenate.self,
  ])
}
