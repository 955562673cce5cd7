import Testing

/// Arguments of normalisations, dropouts and augmentations: what is refused, and where. Bounds: Keras 3.15's.
@Suite("Normalisations and augmentations") struct SampleLayerTests {
  @Test(
    "faults are reported at their place",
    arguments: [
      ("layer_normalization: {axis: 0}", "CN3108", "0"), ("layer_normalization: {axis: [3, -1]}", "CN3108", "[3, -1]"),
      ("layer_normalization: {axis: 4}", "CN3108", "4"), ("batch_normalization: {axis: -4}", "CN3108", "-4"),
      ("group_normalization", "CN3105", "group_normalization"),
      ("group_normalization: {groups: 4}", "CN3105", "4"), ("group_normalization: {groups: 0}", "CN2207", "0"),
      ("group_normalization: {groups: -2}", "CN2207", "-2"),
      ("normalization: {mean: 1}", "CN2101", "normalization"),
      ("normalization: {mean: 1, variance: [1, 2]}", "CN2208", "[1, 2]"),
      ("normalization: {mean: [1, 2], variance: [1, 2]}", "CN2208", "[1, 2]"),
      ("normalization: {mean: 0, variance: -1}", "CN2207", "-1"),
      ("normalization: {axis: none, mean: [1], variance: [1]}", "CN2208", "[1]"),
      ("rescaling: [1, 2]", "CN2208", "[1, 2]"), ("rescaling: {scale: 1, offset: [1, 2]}", "CN2208", "[1, 2]"),
      ("dropout: {rate: 0.5, noise_shape: [none, 1, 1]}", "CN2208", "[none, 1, 1]"),
      ("dropout: {rate: 0.5, noise_shape: [8, 1, 1, 3]}", "CN3107", "[8, 1, 1, 3]"),
      ("dropout: {rate: 0.5, noise_shape: [none, 2, 1, 3]}", "CN3107", "[none, 2, 1, 3]"),
      ("spatial_dropout2d: 1.5", "CN2207", "1.5"), ("gaussian_noise: 1.5", "CN2207", "1.5"),
      ("random_flip: sideways", "CN2206", "sideways"), ("random_rotation: 1.5", "CN2207", "1.5"),
      ("random_rotation: [0.1, 0.2, 0.3]", "CN2208", "[0.1, 0.2, 0.3]"),
      ("random_translation: {height_factor: [0.1, -2], width_factor: 0}", "CN2207", "-2"),
      ("random_zoom: -1", "CN2207", "-1"), ("random_zoom: {height_factor: 0, fill_mode: mirror}", "CN2206", "mirror"),
      ("random_contrast: -0.1", "CN2207", "-0.1"),
      ("random_brightness: {factor: 0.1, value_range: [1, 0]}", "CN2207", "[1, 0]"),
      ("random_brightness: {factor: 0.1, value_range: 255}", "CN2201", "255"),
      ("random_crop: {height: 7, width: 2}", "CN3104", "7"), ("random_crop: {height: 2, width: 6}", "CN3104", "6"),
    ])
  func faults(layer: String, code: String, text: String) {
    let loaded = Loaded(layers: layer, input: "[6, 5, 3]")
    #expect(loaded.codes == [code], "\(loaded.rendered)")
    #expect(loaded.underlined(0) == text)
  }

  @Test(
    "augmentations take images",
    arguments: [
      "random_flip", "random_rotation: 0.1", "random_zoom: 0.1", "random_contrast: 0.1", "random_brightness: 0.1",
      "random_translation: {height_factor: 0.1, width_factor: 0.1}", "random_crop: {height: 1, width: 1}",
      "spatial_dropout2d: 0.5",
    ])
  func images(layer: String) {
    let loaded = Loaded(layers: "flatten", layer, input: "[6, 5, 3]")
    #expect(loaded.codes == ["CN3101"], "\(loaded.rendered)")
  }

  @Test("a crop has the size asked for, and no weights")
  func crop() {
    let loaded = Loaded(layers: "random_crop: {height: 4, width: 5}", input: "[6, 5, 3]")
    #expect(loaded.shapes == [[4, 5, 3]])
    #expect(loaded.counts == [0])
    #expect(loaded.rendered == "")
  }
}
