package import CNNDiagnostics

/// Reads YAML into a tree in which every key and value has its place.
///
/// In: the bytes of a spec, or of one `--set`. Out: a tree, and every fault of the text that could be
/// found. It must not know what a spec is: no key has a meaning here, no scalar a type.
package enum YAMLReader {
  /// The tree of a whole file.
  ///
  /// A tree may come with errors in the bag (the second of two equal keys is left out, say), so that its
  /// reader can report more in the same go. A value left out (`key:`) is an empty scalar without quotes.
  /// - Returns: `nil` if no tree could be built that stands for the text; an error says why.
  package static func read(
    _ bytes: [UInt8], source: SourceID, limits: YAMLLimits = .standard, into bag: inout DiagnosticBag
  ) -> YAMLNode? {
    read(bytes, from: nil, source: source, limits: limits, into: &bag)
  }

  /// The value of one `--set`: a scalar, or a collection in brackets or braces.
  ///
  ///     training.epochs=5
  ///
  /// - Parameters:
  ///   - bytes: all of the argument, so that spans point into what the user typed.
  ///   - offset: the byte at which the value begins, behind the `=`.
  package static func readValue(
    _ bytes: [UInt8], from offset: Int, source: SourceID, limits: YAMLLimits = .standard,
    into bag: inout DiagnosticBag
  ) -> YAMLNode? {
    read(bytes, from: min(max(offset, 0), bytes.count), source: source, limits: limits, into: &bag)
  }

  private static func read(
    _ bytes: [UInt8], from offset: Int?, source: SourceID, limits: YAMLLimits, into bag: inout DiagnosticBag
  ) -> YAMLNode? {
    if UTF8Prescan.isTooLarge(bytes, source: source, limits: limits, into: &bag) { return nil }
    let locator = SourceLocator(bytes, source: source)
    guard UTF8Prescan.check(locator, limits: limits, into: &bag) else { return nil }
    let hasMark = bytes.starts(with: UTF8Prescan.byteOrderMark)
    let start = offset ?? (hasMark ? UTF8Prescan.byteOrderMark.count : 0)
    var composer = YAMLComposer(locator, from: start, limits: limits, isValue: offset != nil)
    let root = composer.compose()
    bag.add(contentsOf: UnusualSpaces.withoutFollowing(composer.bag, locator))
    return root
  }
}
