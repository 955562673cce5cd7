import CNNFiles
import CNNTestSupport
import Foundation
import Testing

@testable import CNNSession

@Suite("checkpoints")
struct CheckpointTests: Sendable {
  let folder: TemporaryFolder
  let small: SmallTraining

  init() throws {
    folder = try TemporaryFolder()
    small = try SmallTraining()
  }

  private var history: RunHistory {
    var history = RunHistory(metrics: ["accuracy"], validates: true)
    history.append(EpochRecord(epoch: 1, seconds: 1.5, learningRate: 0.1, values: [2, 0.25, .nan, nil]))
    history.append(EpochRecord(epoch: 2, seconds: 0.1, learningRate: 1e-7, values: [1, 0.5, -.infinity, 0.75]))
    return history
  }

  private func sample(_ session: borrowing Session, epochs: Int = 2) -> Checkpoint {
    var position = TrainingPosition([.accuracy], epochs: epochs)
    position.steps = 3
    position.seconds = 0.5
    position.totals.sums = [24, .pi, 7]
    var checkpoint = small.checkpoint(
      position, session, history: history, kept: [1, 2],
      end: RunEnd(.interrupted, reason: "SIGTERM", evaluation: [NamedValue("test_loss", .nan)]))
    checkpoint.learningRate = 0.25
    checkpoint.callbacks = [.init(kind: "early_stopping", bytes: [1, 2, 3]), .init(kind: "csv_logger", bytes: [])]
    checkpoint.files = [.init(path: "steps.csv", byteCount: 17)]
    checkpoint.run.dataDirectory = "/data"
    return checkpoint
  }

  private func kept(_ session: borrowing Session) -> [[[Float]]] {
    [session.weights, session.weights.map { $0.map { -$0 } }]
  }

  private func store(_ name: String = "checkpoint", _ fileSystem: any FileSystem = PosixFileSystem()) throws
    -> CheckpointStore
  {
    try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    return CheckpointStore(folder: folder.path(name), fileSystem)
  }

  @discardableResult
  private func write(_ store: CheckpointStore, epochs: Int = 2, isBest: Bool = false) throws -> Checkpoint {
    var session = try small.session()
    session.step = 9
    session.optimizerState = (0..<session.optimizerStateCount).map { Float($0 + epochs) }
    let checkpoint = sample(session, epochs: epochs)
    try store.write(checkpoint, session: session, kept: kept(session), isBest: isBest)
    try store.drain()
    return checkpoint
  }

  @Test("everything is read back bit by bit, NaN and infinities too")
  func roundTrip() throws {
    let store = try store()
    let written = try write(store)
    let found = try store.load()
    // NaN is equal to nothing: bytes are compared, and what a reader sees of them.
    #expect(found.checkpoint.encode() == written.encode())
    #expect(try CheckpointFile.header(store.path(.last)).encode() == written.encode())
    #expect(found.checkpoint.run == written.run && found.checkpoint.callbacks == written.callbacks)
    #expect(found.checkpoint.history.records[0].values[2]?.isNaN == true)
    #expect(found.checkpoint.history.records[1] == written.history.records[1])
    #expect(found.checkpoint.position.measuring([.accuracy]) == written.position)
    #expect(found.checkpoint.end?.reason == "SIGTERM" && found.checkpoint.end?.evaluation[0].value.isNaN == true)
    var session = try small.session()
    let original = session.weights
    session.weights = original.map { $0.map { _ in 0 } }
    let (_, kept) = try CheckpointFile.restore(found.path, into: &session)
    #expect(session.weights == original)
    #expect(session.step == 9)
    #expect(session.optimizerState == (0..<session.optimizerStateCount).map { Float($0 + 2) })
    #expect(kept == [1: original, 2: original.map { $0.map { -$0 } }])
    #expect(found.checkpoint.history.best == 1)
  }

  @Test("whatever byte is damaged is noticed, and no file makes it crash")
  func damage() throws {
    let store = try store()
    try write(store)
    let whole = try folder.read("checkpoint/last")
    var places = Array(0..<min(whole.count, 700))
    places += stride(from: 700, to: whole.count, by: 37)
    for place in places + [whole.count - 1] {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      try folder.write(bytes, "checkpoint/last")
      #expect(throws: CheckpointError.self, "byte \(place)") { try store.load() }
    }
    for length in [0, 1, 8, 23, 24, 100, whole.count / 2, whole.count - 1] {
      try folder.write(Array(whole.prefix(length)), "checkpoint/last")
      #expect(throws: CheckpointError.self, "\(length) bytes") { try store.load() }
    }
    try folder.write(whole + [0], "checkpoint/last")
    #expect(throws: CheckpointError.self) { try store.load() }
    // The version is told apart from damage.
    var other = whole
    other[8] = 200
    try folder.write(other, "checkpoint/last")
    do throws(CheckpointError) { _ = try store.load() } catch { #expect(error.code == .otherVersion) }
  }

  @Test("headers with other bytes than a checkpoint's are refused, however they are cut or filled")
  func hostileHeaders() throws {
    let header = sample(try small.session()).encode()
    var random = SeededRandom(seed: 3)
    for _ in 0..<3000 {
      var bytes = header
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      case 1: for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = 0xFF }
      default: bytes.insert(0x7F, at: Int.random(in: 0...bytes.count, using: &random))
      }
      // Either it is refused, or it is another checkpoint: never a trap, never memory beyond its size.
      if let read = try? Checkpoint(decoding: bytes) { _ = read.floatCount }
    }
  }

  @Test("a damaged last is told, and the one before it is taken; then it never becomes prev")
  func fallback() throws {
    let store = try store()
    try write(store, epochs: 1)
    try write(store, epochs: 2)
    #expect(try folder.names(in: "checkpoint") == ["last", "prev"])
    var bytes = try folder.read("checkpoint/last")
    bytes[bytes.count / 2] ^= 1
    try folder.write(bytes, "checkpoint/last")
    let found = try store.load()
    #expect(found.checkpoint.position.epochs == 1)
    #expect(found.complaint?.contains("checkpoint/last' holds damaged values") == true, "\(found.complaint ?? "")")
    store.setLastAside()
    try write(store, epochs: 3)
    #expect(try CheckpointFile.verify(store.path(.last)).position.epochs == 3)
    #expect(try CheckpointFile.verify(store.path(.prev)).position.epochs == 1)
    // A last that is gone is a last that is not there.
    try FileManager.default.removeItem(atPath: store.path(.last))
    #expect(try store.load().checkpoint.position.epochs == 1)
    try FileManager.default.removeItem(atPath: store.path(.prev))
    do throws(CheckpointError) { _ = try store.load() } catch { #expect(error.code == .missing) }
  }

  @Test("last, prev and best are three epochs of one run")
  func names() throws {
    let store = try store()
    for (epoch, isBest) in [(1, true), (2, true), (3, false), (4, false)] {
      try write(store, epochs: epoch, isBest: isBest)
    }
    #expect(try CheckpointFile.verify(store.path(.last)).position.epochs == 4)
    #expect(try CheckpointFile.verify(store.path(.prev)).position.epochs == 3)
    #expect(try CheckpointFile.verify(store.path(.best)).position.epochs == 2)
    #expect(try folder.names(in: "checkpoint") == ["best", "last", "prev"])
  }

  @Test(
    "whichever call fails, the newest whole checkpoint is one of the last two", arguments: [EIO, ENOSPC], [false, true])
  func everyFault(errno: Int32, _ staysBroken: Bool) throws {
    var session = try small.session()
    let contents = (1...3).map { epoch in sample(session, epochs: epoch) }
    let weights = kept(session)
    var call = 0
    while true {
      call += 1
      let name = "\(errno)-\(staysBroken)-\(call)"
      let good = try store(name)
      for epoch in 0..<2 {
        try good.write(contents[epoch], session: session, kept: weights, isBest: epoch == 0)
        try good.drain()
      }
      let faulty = FaultyFileSystem(failingCall: call, errno: errno, largestWrite: 3000, staysBroken: staysBroken)
      let broken = try store(name, faulty)
      var failed = false
      do throws(FileError) {
        try broken.write(contents[2], session: session, kept: weights, isBest: true)
        try broken.drain()
      } catch {
        failed = true
        #expect(error.code == (errno == ENOSPC ? .outOfSpace : .io), "call \(call)")
      }
      let found = try good.load()
      let epochs = found.checkpoint.position.epochs
      #expect(epochs == 3 || (failed && epochs == 2), "call \(call): epoch \(epochs)")
      _ = try CheckpointFile.restore(found.path, into: &session)
      // Nothing half-written is left, but where even removing is refused; and the next one works.
      try good.write(contents[2], session: session, kept: weights, isBest: false)
      try good.drain()
      #expect(try good.load().checkpoint.position.epochs == 3)
      let left = try folder.names(in: name).filter { !["last", "prev", "best"].contains($0) && !$0.contains(".tmp.") }
      #expect(left.isEmpty, "call \(call): \(left)")
      try FileManager.default.removeItem(atPath: folder.path(name))
      if !faulty.hasFailed { break }
    }
    // Creating, writes, fsync, close, two links and renames, and the directory's: all of them were tried.
    #expect(call > 12, "\(call) calls")
  }

  @Test("a file system without second names keeps two checkpoints all the same")
  func withoutLinks() throws {
    let store = try store("checkpoint", LinklessFileSystem())
    for epoch in 1...3 { try write(store, epochs: epoch, isBest: true) }
    #expect(try CheckpointFile.verify(store.path(.last)).position.epochs == 3)
    #expect(try CheckpointFile.verify(store.path(.prev)).position.epochs == 2)
    #expect(try folder.names(in: "checkpoint") == ["last", "prev"])
  }

  @Test("weights of another model are not taken up")
  func otherModel() throws {
    let store = try store()
    try write(store)
    let other = try SmallTraining(optimizer: "sgd")
    var session = try other.session()
    do throws(CheckpointError) { _ = try CheckpointFile.restore(store.path(.last), into: &session) } catch {
      #expect(error.code == .mismatch)
      return
    }
    Issue.record("the optimiser's numbers were taken up by another one")
  }
}

/// A file system like FAT, on which a file has one name.
private struct LinklessFileSystem: FileSystem {
  private let real = PosixFileSystem()

  func link(_ source: String, to destination: String) throws(SystemError) { throw SystemError(errno: EPERM) }

  func open(_ path: String, below directory: Int32?, for purpose: OpenPurpose) throws(SystemError) -> Int32 {
    try real.open(path, below: directory, for: purpose)
  }
  func duplicateStandardInput() throws(SystemError) -> Int32 { try real.duplicateStandardInput() }
  func close(_ descriptor: Int32) throws(SystemError) { try real.close(descriptor) }
  func status(of descriptor: Int32) throws(SystemError) -> FileStatus { try real.status(of: descriptor) }
  func status(of path: String, below directory: Int32?, followingLinks: Bool) throws(SystemError) -> FileStatus {
    try real.status(of: path, below: directory, followingLinks: followingLinks)
  }
  func read(_ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range)
  }
  func read(
    _ descriptor: Int32, into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(SystemError) -> Int {
    try real.read(descriptor, into: &buffer, range, at: offset)
  }
  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Int {
    try real.write(bytes, to: descriptor)
  }
  func truncate(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try real.truncate(descriptor, to: byteCount)
  }
  func setPermissions(_ permissions: UInt32, of descriptor: Int32) throws(SystemError) {
    try real.setPermissions(permissions, of: descriptor)
  }
  func lock(_ descriptor: Int32) throws(SystemError) { try real.lock(descriptor) }
  func synchronize(_ descriptor: Int32) throws(SystemError) { try real.synchronize(descriptor) }
  func rename(_ source: String, to destination: String) throws(SystemError) {
    try real.rename(source, to: destination)
  }
  func symbolicLink(_ text: String, at path: String) throws(SystemError) { try real.symbolicLink(text, at: path) }
  func remove(_ path: String) throws(SystemError) { try real.remove(path) }
  func createDirectory(_ path: String) throws(SystemError) { try real.createDirectory(path) }
  func freeByteCount(at path: String) throws(SystemError) -> Int { try real.freeByteCount(at: path) }
  func names(in descriptor: Int32) throws(SystemError) -> [String] { try real.names(in: descriptor) }
}
