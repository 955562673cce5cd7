import CNNFiles
import CNNTestSupport
import Foundation
import Testing

@Suite("replacing a file as a whole")
struct AtomicWriteTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test("new bytes replace old ones, and nothing else is left")
  func replaces() throws {
    let path = scratch.path("last.safetensors")
    try AtomicWrite.write([1, 2, 3], to: path)
    #expect(try scratch.read("last.safetensors") == [1, 2, 3])
    try AtomicWrite.write([], to: path)
    #expect(try scratch.read("last.safetensors") == [])
    #expect(try scratch.names() == ["last.safetensors"])
  }

  @Test("whichever call fails, the file is the old one or the new one", arguments: [ENOSPC, EIO])
  func everyFault(errno: Int32) throws {
    let (old, new) = ([UInt8](repeating: 1, count: 10), (0..<50).map { UInt8($0) })
    let path = try scratch.write(old, "file")
    var call = 0
    while true {
      call += 1
      try Data(old).write(to: URL(filePath: path))
      let faulty = FaultyFileSystem(failingCall: call, errno: errno, largestWrite: 7)
      do throws(FileError) {
        try AtomicWrite.write(new, to: path, faulty)
        #expect((try? scratch.read("file")) == new, "call \(call)")
      } catch {
        let found = try? scratch.read("file")
        #expect(found == old || found == new, "call \(call)")
        #expect(error.code == (errno == ENOSPC ? .outOfSpace : .io), "call \(call)")
        #expect(error.path == path, "call \(call)")
      }
      #expect(try scratch.names() == ["file"], "call \(call)")
      if !faulty.hasFailed { break }
    }
    // open, eight writes, fsync, close, rename; open, fsync, close of the folder; and none.
    #expect(call == 16)
  }

  @Test("what a dead process with this number left behind is in nobody's way")
  func staleTemporary() throws {
    try scratch.write([9], ".file.tmp.\(getpid())")
    try AtomicWrite.write([1], to: scratch.path("file"))
    #expect(try scratch.names() == ["file"])
  }

  @Test("a link is replaced, not followed")
  func link() throws {
    try scratch.write([5], "target")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: "target")
    try AtomicWrite.write([6], to: scratch.path("link"))
    #expect(try scratch.read("target") == [5])
    #expect(try scratch.read("link") == [6])
  }

  @Test("a folder that is missing is named in the error")
  func missingFolder() {
    let error = #expect(throws: FileError.self) { try AtomicWrite.write([1], to: scratch.path("no/file")) }
    #expect(error?.code == .notFound)
    #expect(error?.path == scratch.path("no/file"))
  }

  @Test("a line that did not fit is cut off again")
  func tornLine() throws {
    try scratch.write(Array("one\n".utf8), "log")
    var file = try AppendingFile(scratch.path("log"), FaultyFileSystem(failingCall: 3, largestWrite: 2))
    let error: FileError?
    do throws(FileError) {
      try file.append("second")
      error = nil
    } catch let failure {
      error = failure
    }
    #expect(error?.code == .outOfSpace)
    #expect(try scratch.read("log") == Array("one\n".utf8))
    try file.append("third")
    #expect(try scratch.read("log") == Array("one\nthird\n".utf8))
  }
}
