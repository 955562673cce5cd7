package import CNNSpec

extension LayerCatalog {
  /// Every layer kind that there is; a new one adds a line.
  package static let standard = LayerCatalog([
    Conv2D.self,
    DepthwiseConv2D.self,
    SeparableConv2D.self,
    Conv2DTranspose.self,
    Dense.self,
    MaxPooling2D.self,
    AveragePooling2D.self,
    GlobalAveragePooling2D.self,
    GlobalMaxPooling2D.self,
    BatchNormalization.self,
    ActivationLayer.self,
    ReLU.self,
    Softmax.self,
    Dropout.self,
    Flatten.self,
    Reshape.self,
    Permute.self,
    ZeroPadding2D.self,
    Cropping2D.self,
    UpSampling2D.self,
    Rescaling.self,
    Add.self,
    Concatenate.self,
  ])
}
