import CNNSession
import Testing

@Suite("metadata of weights") struct WeightsMetadataTests {
  @Test("spec and class names come back, whatever characters they have")
  func roundTrip() {
    let metadata = WeightsMetadata(
      spec: "name: a\n", classNames: ["T-shirt/top", "line\nbreak", "\"quoted\"", "größe"])
    #expect(WeightsMetadata(metadata.pairs) == metadata)
    #expect(WeightsMetadata(WeightsMetadata(spec: nil, classNames: []).pairs) == WeightsMetadata([:]))
  }

  @Test("what is no list of names counts as not said", arguments: ["", "a\nb", "[1]", "[\"a\"", "[\"a\"] x", "{}"])
  func malformed(classes: String) {
    #expect(WeightsMetadata(["classes": classes]).classNames.isEmpty)
  }
}
