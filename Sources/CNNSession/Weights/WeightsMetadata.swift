internal import CNNDiagnostics

/// What a file of weights says of its model beside the values, so that it can be used without anything else: the spec,
/// and with it what is done to images first, and what the classes are called.
///
/// Kept as `__metadata__` of a safetensors file, which holds text by name:
///
///     format "cnnrun" · format_version "1" · cnnrun_version · layout "HWIO" · spec (YAML, every default written out)
///     classes (a JSON array of names, in the order of the outputs)
package struct WeightsMetadata: Sendable, Equatable {
  /// The spec with every default, as `plan --resolved` prints it; `nil` in files of other programs.
  package var spec: String?
  /// One name an output; empty where labels are not classes.
  package var classNames: [String]

  package init(spec: String?, classNames: [String]) {
    self.spec = spec
    self.classNames = classNames
  }

  /// As `Safetensors.encode` takes it.
  package var pairs: [String: String] {
    var pairs = [
      "format": "cnnrun", "format_version": "1", "cnnrun_version": cnnrunVersion, "layout": "HWIO",
      "classes": JSONText.array(classNames.map(JSONText.string)).text,
    ]
    pairs["spec"] = spec
    return pairs
  }

  /// - Returns: what is understood of a file's metadata; what is not there, or no list of names, counts as not said.
  package init(_ pairs: [String: String]) {
    self.init(spec: pairs["spec"], classNames: pairs["classes"].flatMap(Self.names) ?? [])
  }

  private static func names(_ text: String) -> [String]? {
    let bytes = Array(text.utf8)
    var json = StrictJSON(bytes, 0..<bytes.count)
    var names: [String] = []
    do throws(StrictJSON.Fault) {
      try json.expect("[")
      if !json.takes("]") {
        repeat { names.append(try json.string()) } while json.takes(",")
        try json.expect("]")
      }
      try json.expectOnlySpaces()
    } catch { return nil }
    return names
  }
}
