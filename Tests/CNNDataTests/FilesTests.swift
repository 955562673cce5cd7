import CNNFiles
import CNNTestSupport
import Foundation
import Testing

@Suite("files")
struct FilesTests {
  let scratch: Scratch
  let access = FileAccess()

  init() throws { scratch = try Scratch() }

  @Test("a file of exactly the limit is read, and one byte more is too large", arguments: [0, 1, 5000, 70_000])
  func limit(count: Int) throws {
    let bytes = (0..<count).map { UInt8($0 % 251) }
    let path = try scratch.write(bytes, "file")
    #expect(try access.readFile(path, limit: count) == bytes)
    #expect(try access.readFile(path, limit: 1 << 20) == bytes)
    if count > 0 {
      let error = #expect(throws: FileError.self) { try access.readFile(path, limit: count - 1) }
      #expect(error?.code == .tooLarge)
    }
  }

  @Test("a file is read at any place, wherever reading has come to")
  func positions() throws {
    let file = try access.openFile(try scratch.write(Array(0..<100), "file"))
    var buffer = [UInt8](repeating: 255, count: 6)
    #expect(try file.read(into: &buffer, 1..<5, at: 90) == 4)
    #expect(buffer == [255, 90, 91, 92, 93, 255])
    #expect(try file.read(into: &buffer, 0..<2) == 2)
    #expect(try file.read(into: &buffer, 4..<6, at: 99) == 1)
    #expect(try file.read(into: &buffer, 4..<6, at: 1 << 40) == 0)
    #expect(buffer == [0, 1, 91, 92, 99, 255])
  }

  @Test("a folder lists what there is, with links as links, in the order of the names' bytes")
  func entries() throws {
    try scratch.write([1, 2, 3], "set/b")
    try scratch.write([], "set/B/deep/x")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("set/a"), withDestinationPath: scratch.path("set/b"))
    let entries = try access.list(try ContainedPath("set"), below: scratch.path)
    #expect(entries.map(\.name) == ["B", "a", "b"])
    #expect(entries.map(\.status.kind) == [.directory, .link, .regular])
    #expect(entries.last?.status.byteCount == 3)
    let deep = try ContainedPath("set").appending("B").appending("deep").appending("x")
    #expect(deep.text == "set/B/deep/x")
    #expect(try access.readFile(deep, below: scratch.path, limit: 10) == [])
    let link = #expect(throws: FileError.self) { try access.list(try ContainedPath("set/a"), below: scratch.path) }
    #expect(link?.code == .escapesRoot)
  }

  @Test("folders, pipes and devices are no files")
  func notRegular() throws {
    let pipe = scratch.path("pipe")
    let status = unsafe mkfifo(pipe, 0o600)
    #expect(status == 0)
    for path in [scratch.path, pipe, "/dev/zero"] {
      let error = #expect(throws: FileError.self) { try access.readFile(path, limit: 10) }
      #expect(error?.code == .notRegularFile, "\(path)")
    }
  }

  @Test("what is missing is said to be missing")
  func missing() {
    let error = #expect(throws: FileError.self) { try access.readFile(scratch.path("no"), limit: 10) }
    #expect(error?.code == .notFound)
    #expect(error?.message == "cannot open '\(scratch.path("no"))': no such file or directory")
    #expect(!access.exists(scratch.path("no")))
  }

  @Test("a directory that exists is not created a second time")
  func exclusiveDirectory() throws {
    try access.createDirectory(scratch.path("run"))
    let error = #expect(throws: FileError.self) { try access.createDirectory(scratch.path("run")) }
    #expect(error?.code == .exists)
    try access.createDirectories(scratch.path("a/b/c"))
    try access.createDirectories(scratch.path("a/b/c"))
    #expect(access.status(scratch.path("a/b/c"))?.kind == .directory)
  }

  @Test("names are listed in the order of their bytes")
  func list() throws {
    for name in ["b", "a", "B", ".hidden", "ä"] { try scratch.write([], name) }
    #expect(try access.list(scratch.path) == [".hidden", "B", "a", "b", "ä"])
  }

  @Test("lines are added at the end of a file, across openings")
  func appending() throws {
    for line in ["epoch,loss", "1,0.5"] {
      var file = try AppendingFile(scratch.path("history.csv"))
      #expect(file.isEmpty == (line == "epoch,loss"))
      try file.append(line)
    }
    #expect(try scratch.read("history.csv") == Array("epoch,loss\n1,0.5\n".utf8))
  }

  @Test("paths are taken apart at their last slash")
  func paths() {
    let cases = [("a", ".", "a"), ("/a", "/", "a"), ("a/b/", "a", "b"), ("/a//b", "/a", "b")]
    for (path, directory, name) in cases {
      #expect(Path.directory(of: path) == directory)
      #expect(Path.name(of: path) == name)
    }
  }
}

@Suite("paths that a spec holds")
struct ContainedPathTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(
    "what leads out, or is no plain path, is refused as text",
    arguments: [
      "images/../../../../etc/hostname", "..", "a/..", "/etc/hostname", "http://127.0.0.1:9/x", "file:///etc/hostname",
      "file:x", "s3://bucket/x", "~", "~/x", "~root/x", "a\\b", "a\0b", "a\nb", "a\u{1b}[31m", "a\u{202e}b", "", ".",
      "./",
    ])
  func refused(path: String) {
    let error = #expect(throws: FileError.self) { try ContainedPath(path) }
    #expect(error?.code == .escapesRoot)
    #expect(error?.message.contains { $0.isASCII && ($0.asciiValue ?? 32) < 32 } == false)
  }

  @Test("plain relative paths are opened", arguments: ["a/b/file", "./a/b/file", "a//b/./file"])
  func opened(path: String) throws {
    try scratch.write([1, 2, 3], "a/b/file")
    #expect(try FileAccess().readFile(ContainedPath(path), below: scratch.path, limit: 10) == [1, 2, 3])
  }

  @Test("links below the root are refused, wherever they lead")
  func links() throws {
    try scratch.write([1], "a/file")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("folder"), withDestinationPath: "/etc")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("inner"), withDestinationPath: "a")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "a/file")
    for path in ["folder/hostname", "inner/file", "link"] {
      let error = #expect(throws: FileError.self) {
        try FileAccess().readFile(ContainedPath(path), below: scratch.path, limit: 1000)
      }
      #expect(error?.code == .escapesRoot)
      #expect(error?.message.hasSuffix("is a symbolic link") == true)
    }
  }

  @Test("the root itself may be a link")
  func linkedRoot() throws {
    try scratch.write([7], "real/file")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("root"), withDestinationPath: "real")
    #expect(try FileAccess().readFile(ContainedPath("file"), below: scratch.path("root"), limit: 10) == [7])
  }
}

@Suite("locks and probes")
struct FileLockTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("one owner at a time, who says who it is, and whose end frees the lock")
  func lock() throws {
    let path = scratch.path("lock")
    #expect(!FileLock.isHeld(path))
    do {
      let lock = try FileLock(path, owner: "process 7 on here")
      #expect(FileLock.isHeld(path))
      let error = refusal(path)
      #expect(error?.code == .locked)
      #expect(
        error?.message == "another run (process 7 on here) is writing into '\(scratch.path)'", "\(error?.message ?? "")"
      )
      _ = consume lock
    }
    #expect(!FileLock.isHeld(path))
    #expect(refusal(path) == nil)
    #expect(try scratch.read("lock") == Array("new\n".utf8), "a longer owner before leaves nothing")
  }

  private func refusal(_ path: String) -> FileError? {
    do throws(FileError) {
      _ = try FileLock(path, owner: "new")
      return nil
    } catch { return error }
  }

  @Test("a link is no lock, and what the file says is shown only if it is plain")
  func hostile() throws {
    try scratch.write([], "target")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "target")
    #expect(refusal(scratch.path("link"))?.code == .escapesRoot)
    let lock = try FileLock(scratch.path("lock"), owner: "\u{1b}[31mred")
    let error = refusal(scratch.path("lock"))
    #expect(error?.message == "another run is writing into '\(scratch.path)'")
    _ = consume lock
  }

  @Test("a folder without enough room, or that cannot be written into, is told before")
  func probe() throws {
    try FolderProbe.check(scratch.path, byteCount: 1)
    #expect(try scratch.names().isEmpty)
    let full = #expect(throws: FileError.self) { try FolderProbe.check(scratch.path, byteCount: .max) }
    #expect(full?.code == .outOfSpace)
    #expect(full?.path == scratch.path)
    let missing = #expect(throws: FileError.self) { try FolderProbe.check(scratch.path("no"), byteCount: 1) }
    #expect(missing?.code == .notFound)
    let readOnly = #expect(throws: FileError.self) {
      try FolderProbe.check(scratch.path, byteCount: 1, FaultyFileSystem(failingCall: 1, errno: EROFS))
    }
    #expect(readOnly?.code == .readOnly)
    #expect(readOnly?.message == "cannot save into '\(scratch.path)': read-only file system")
  }

  @Test("a file on its way has another name, and takes its own when it is whole")
  func staged() throws {
    let path = try scratch.write([1], "file")
    do {
      let file = try StagedFile(for: path, number: 3)
      try file.write([2])
      let names = try scratch.names()
      #expect(names.count == 2 && names.contains { StagedFile.isTemporary($0) })
      #expect(try scratch.read("file") == [1])
    }
    #expect(try scratch.names() == ["file"], "let go of, it is gone")
    var file = try StagedFile(for: path)
    try file.write([3])
    try file.finish()
    try file.place()
    #expect(try scratch.read("file") == [3])
    #expect(try scratch.names() == ["file"])
    #expect(!StagedFile.isTemporary("file") && !StagedFile.isTemporary("a.tmp.1"))
  }
}
