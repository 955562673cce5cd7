/// The small text that Git leaves in the place of a large file until `git lfs pull` fetches it
/// (git-lfs: `docs/spec.md`).
enum LFSPointer {
  private static let beginning = Array("version https://git-lfs.github.com/spec/".utf8)

  static let text = "is a pointer of Git LFS: the file itself was not fetched"
  static let help = "run `git lfs pull` in the folder"

  static func matches(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: beginning) }

  /// - Throws: for bytes that are such a pointer.
  static func refuse(_ bytes: RandomBytes) throws(DataError) {
    var head = [UInt8](repeating: 0, count: beginning.count)
    head.resize(to: try bytes.read(into: &head, 0..<head.count, at: 0))
    if matches(head) { throw DataError(.looksLikeHTML, .source, "'\(bytes.path)' \(text)", help: help) }
  }
}
