/// What the files of a folder are by their names.
package enum ImageName {
  private static let read = [".png", ".jpg", ".jpeg", ".jpe", ".jfif"]
  /// Images that are not read, which nobody would want to be left out in silence.
  private static let foreign = [
    ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".pgm", ".ppm",
  ]

  /// Whether a name is that of an image of a kind that is read.
  package static func isRead(_ name: String) -> Bool { hasSuffix(name, read) }
  package static func isForeign(_ name: String) -> Bool { hasSuffix(name, foreign) }
  package static func isAny(_ name: String) -> Bool { hasSuffix(name, read) || hasSuffix(name, foreign) }

  private static func hasSuffix(_ name: String, _ suffixes: [String]) -> Bool {
    let lower = name.lowercased()
    return suffixes.contains { lower.hasSuffix($0) }
  }
}
