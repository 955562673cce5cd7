import CNNDiagnostics
import CNNFiles
import CNNSession
import CNNTestSupport
import Foundation
import Synchronization
import Testing

private let names = ["train/loss", "train/accuracy", "val/loss", "val/accuracy"]

@Suite("Run directories")
struct RunDirectoryTests: Sendable {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var root: String { folder.path("runs") }

  private func make(_ name: String) throws -> RunDirectory {
    try RunDirectory.create(name: name, root: root, metricNames: names)
  }

  private func code(_ body: () throws -> Void) -> FileError.Code? {
    do { try body() } catch { return (error as? FileError)?.code }
    return nil
  }

  // MARK: Making one

  @Test("runs of one name are numbered from 2, and gaps are filled")
  func numbers() throws {
    #expect(try ["net", "net", "net"].map(make).map(\.path) == ["\(root)/net", "\(root)/net-2", "\(root)/net-3"])
    try FileManager.default.removeItem(atPath: "\(root)/net-2")
    #expect(try make("net").path == "\(root)/net-2")
    #expect(try folder.names(in: "runs/net") == [".lock", "checkpoint", "weights"])
  }

  @Test("`latest` points to the run that began last, and is never taken for one")
  func latest() throws {
    for name in ["a", "b", "a"] { try make(name).linkLatest() }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/latest") == "a-2")
    let run = try make("latest")
    #expect(run.path == "\(root)/latest-2")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/latest") == "a-2", "it has not begun")
    run.linkLatest()
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/latest") == "latest-2")
    // A folder of that name stays what it is.
    let other = folder.path("other")
    try FileManager.default.createDirectory(atPath: "\(other)/latest", withIntermediateDirectories: true)
    try RunDirectory.create(name: "net", root: other, metricNames: names).linkLatest()
    #expect(try folder.names(in: "other") == ["latest", "net"])
    #expect(try folder.names(in: "other/latest").isEmpty)
  }

  @Test("a run that does not begin takes its folder away, and nothing else")
  func discarded() throws {
    let run = try make("net")
    try run.writeStatus(.running, epoch: 0)
    try run.writeSpec([1])
    #expect(run.discard())
    #expect(try folder.names(in: "runs").isEmpty)
    // What was there before stays, and what was trained.
    let path = folder.path("mine")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(try !RunDirectory.create(at: path, metricNames: names).discard())
    #expect(FileManager.default.fileExists(atPath: path))
    let trained = try make("net")
    try trained.writeWeights(.last, [1])
    #expect(!trained.discard())
    #expect(FileManager.default.fileExists(atPath: trained.path(of: .last)))
  }

  @Test("on a full disk the state is written over in its place, so that it is not `running` for ever")
  func fullDisk() throws {
    let path = folder.path("run")
    let run = try RunDirectory.create(at: path, metricNames: names)
    try run.writeStatus(.running, epoch: 10)
    // Of the calls that write, the first opens a file aside, the second fills it: there is no room for that.
    let full = FaultyFileSystem(failingCall: 2)
    try RunDirectory(existing: path, metricNames: names, FileAccess(full)).finish(.failed, epoch: 9)
    #expect(full.hasFailed)
    let text = try String(contentsOfFile: "\(path)/status.json", encoding: .utf8)
    #expect(text.hasPrefix("{\"epoch\":9,") && text.hasSuffix("\"state\":\"failed\"}\n"), "\(text)")
    #expect(try folder.names(in: "run") == [".lock", "checkpoint", "status.json", "weights"])
    // What is not there cannot be written over.
    let error = #expect(throws: FileError.self) {
      try RunDirectory(existing: folder.path("new"), metricNames: names, FileAccess(FaultyFileSystem(failingCall: 1)))
        .finish(.failed, epoch: 9)
    }
    #expect(error?.code == .outOfSpace)
  }

  @Test("a run has its directory for itself, until it is over")
  func lock() throws {
    let path = folder.path("run")
    do {
      let run = try RunDirectory.create(at: path, metricNames: names)
      #expect(RunDirectory.isInUse(path))
      let error = #expect(throws: FileError.self) { try RunDirectory.open(path) }
      #expect(error?.code == .locked)
      let pid = ProcessInfo.processInfo.processIdentifier
      #expect(error?.message.hasPrefix("another run (process \(pid)") == true, "\(error?.message ?? "")")
      try run.writeSummary("mine\n")
    }
    #expect(!RunDirectory.isInUse(path))
    let resumed = try RunDirectory.open(path)
    #expect(RunDirectory.isInUse(path))
    // A copy with other columns holds the same lock.
    let copy = resumed.with(metricNames: ["train/loss"])
    #expect(copy.metricNames == ["train/loss"] && RunDirectory.isInUse(path))
  }

  @Test("what dead processes left is removed by who goes on, and nothing else")
  func leftovers() throws {
    _ = try make("net")
    for name in [".status.json.tmp.123", "weights/.last.safetensors.tmp.7", "checkpoint/.last.tmp.123-4", "mine.tmp.1"]
    {
      try folder.write([1], "runs/net/\(name)")
    }
    _ = try RunDirectory.open("\(root)/net")
    #expect(try folder.names(in: "runs/net") == [".lock", "checkpoint", "mine.tmp.1", "weights"])
    #expect(try folder.names(in: "runs/net/weights").isEmpty && folder.names(in: "runs/net/checkpoint").isEmpty)
  }

  @Test("what is no run cannot go on")
  func open() throws {
    #expect(code { _ = try RunDirectory.open(folder.path("none")) } == .notFound)
    try folder.write([1], "file")
    #expect(code { _ = try RunDirectory.open(folder.path("file")) } == .notDirectory)
    try FileManager.default.createDirectory(atPath: folder.path("mine"), withIntermediateDirectories: true)
    #expect(code { _ = try RunDirectory.open(folder.path("mine")) } == .notFound)
    #expect(try folder.names(in: "mine").isEmpty)
  }

  @Test("the directory of a run that was killed before its first checkpoint can be taken, no other")
  func unused() throws {
    let path = folder.path("run")
    do {
      let run = try RunDirectory.create(at: path, metricNames: names)
      try run.writeSpec([1])
      try run.writeStatus(.running, epoch: 0)
    }
    try folder.write([1], "run/checkpoint/.last.tmp.5-1")
    do { _ = try RunDirectory.create(at: path, metricNames: names) }
    try folder.write([1], "run/checkpoint/last")
    #expect(code { _ = try RunDirectory.create(at: path, metricNames: names) } == .exists)
    // A spec of the person's own makes a folder one that holds something.
    try FileManager.default.createDirectory(atPath: folder.path("mine"), withIntermediateDirectories: true)
    try folder.write([7], "mine/spec.yaml")
    #expect(code { _ = try RunDirectory.create(at: folder.path("mine"), metricNames: names) } == .exists)
    #expect(try folder.read("mine/spec.yaml") == [7])
  }

  @Test("a resumed run's files are cut back, and its history is written anew")
  func cut() throws {
    let run = try make("net")
    #expect(try run.append([1, 2], to: "logs/a/b") == 2)
    #expect(try run.append([3], to: "logs/a/b") == 3)
    #expect(try run.cut("logs/a/b", to: 2))
    #expect(try folder.read("runs/net/logs/a/b") == [1, 2])
    #expect(try !run.cut("logs/a/b", to: 5), "shorter than it was")
    #expect(try run.cut("never/written", to: 0))
    let records = (1...3).map {
      EpochRecord(epoch: $0, seconds: 0, learningRate: 1, values: [Double($0), nil, nil, nil])
    }
    for record in records { try run.appendEpoch(record) }
    let whole = try (folder.text("runs/net/history.csv"), folder.text("runs/net/history.jsonl"))
    try run.writeHistory(Array(records.prefix(2)))
    try run.appendEpoch(records[2])
    #expect(try folder.text("runs/net/history.csv") == whole.0)
    #expect(try folder.text("runs/net/history.jsonl") == whole.1)
    try run.writeHistory([])
    #expect(try !folder.names(in: "runs/net").contains("history.csv"))
  }

  @Test("a file in the way is a name that is taken")
  func fileInTheWay() throws {
    _ = try make("other")
    try folder.write([1], "runs/net")
    #expect(try make("net").path == "\(root)/net-2")
    #expect(try folder.read("runs/net") == [1])
  }

  @Test(
    "a name becomes a plain folder",
    arguments: [
      ("Fashion MNIST (v2)", "Fashion-MNIST-v2"), ("net_1.b-c", "net_1.b-c"), ("..", "run"), ("", "run"),
      ("../../etc/passwd", "etc-passwd"), (".hidden", "hidden"), ("--resume", "resume"), ("naïve 猫", "na-ve"),
      ("猫", "run"), (String(repeating: "a", count: 200), String(repeating: "a", count: 64)),
    ])
  func folderNames(name: String, expected: String) throws {
    #expect(try make(name).path == "\(root)/\(expected)")
  }

  @Test("runs that start at once get different folders")
  func race() throws {
    let runs = Mutex<[RunDirectory]>([])
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      guard let run = try? make("net") else { return }
      runs.withLock { $0.append(run) }
    }
    #expect(Set(runs.withLock { $0.map(\.path) }).count == 16)
  }

  @Test("--out takes a new folder or an empty one, and no other")
  func exact() throws {
    let path = folder.path("deep/er/out")
    #expect(try RunDirectory.create(at: path, metricNames: names).path == path)
    try folder.write([1], "deep/er/out/mine")
    #expect(code { _ = try RunDirectory.create(at: path, metricNames: names) } == .exists)
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
    #expect(try RunDirectory.create(at: folder.path("empty"), metricNames: names).path == folder.path("empty"))
    try folder.write([1], "file")
    #expect(code { _ = try RunDirectory.create(at: folder.path("file"), metricNames: names) } == .exists)
    #expect(try folder.read("file") == [1])
  }

  @Test("of many that want the same empty folder, one gets it")
  func exactRace() throws {
    try FileManager.default.createDirectory(atPath: folder.path("out"), withIntermediateDirectories: true)
    let path = folder.path("out")
    let made = Mutex<[RunDirectory]>([])
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      if let run = try? RunDirectory.create(at: path, metricNames: names) { made.withLock { $0.append(run) } }
    }
    #expect(made.withLock(\.count) == 1)
  }

  // MARK: What it holds

  @Test("the history has a header and a line an epoch, and goes on where it was")
  func history() throws {
    let run = try make("net")
    try run.appendEpoch(
      EpochRecord(epoch: 1, seconds: 1.23456, learningRate: 0.001, values: [0.5, 0.75, 1e-5, nil]))
    let resumed = RunDirectory(existing: run.path, metricNames: names)
    try resumed.appendEpoch(
      EpochRecord(epoch: 2, seconds: 2, learningRate: 0.1, values: [.nan, 0.1, .infinity, 1]))
    #expect(
      try folder.text("runs/net/history.csv") == """
        epoch,seconds,lr,train/loss,train/accuracy,val/loss,val/accuracy
        1,1.235,0.001,0.5,0.75,1e-05,
        2,2.0,0.1,nan,0.1,inf,1.0

        """)
    let lines = try folder.text("runs/net/history.jsonl").split(separator: "\n").map(String.init)
    #expect(
      lines == [
        #"{"epoch":1,"lr":0.001,"seconds":1.235,"train/accuracy":0.75,"train/loss":0.5,"val/accuracy":null,"val/loss":1e-05}"#,
        #"{"diverged":true,"epoch":2,"lr":0.1,"seconds":2.0,"train/accuracy":0.1,"train/loss":null,"val/accuracy":1.0,"val/loss":null}"#,
      ])
    for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
  }

  @Test("steps are written an epoch at a time")
  func steps() throws {
    let run = try make("net")
    for epoch in 1...2 {
      try run.appendSteps((1...2).map { StepRecord(epoch: epoch, step: $0, loss: 0.1 * Double($0), accuracy: 1) })
    }
    #expect(
      try folder.text("runs/net/steps.csv")
        == "epoch,step,loss,accuracy\n1,1,0.1,1.0\n1,2,0.2,1.0\n2,1,0.1,1.0\n2,2,0.2,1.0\n")
  }

  @Test("a metric's name with a comma stays one column")
  func quoting() throws {
    let run = try RunDirectory.create(name: "net", root: root, metricNames: ["a,b", "c\"d"])
    try run.appendEpoch(EpochRecord(epoch: 1, seconds: 0, learningRate: 1, values: [1, 2]))
    #expect(try folder.text("runs/net/history.csv").hasPrefix("epoch,seconds,lr,\"a,b\",\"c\"\"d\"\n"))
  }

  @Test("files are replaced as a whole, and nothing else is left behind")
  func files() throws {
    let run = try make("net")
    let spec = Array("model: \u{0} not text".utf8) + [0xff]
    try run.writeSpec(spec)
    try run.writeResolved("a: 1\n")
    try run.writeSummary("table\n")
    try run.writeMetrics(["val/loss": .number(.nan), "best_epoch": .int(3)])
    try run.writeStatus(.running, epoch: 1)
    try run.finish(.interrupted, epoch: 2)
    for weights in [RunDirectory.Weights.last, .best, .last] { try run.writeWeights(weights, [1, 2, 3]) }
    #expect(try folder.read("runs/net/spec.yaml") == spec)
    #expect(try folder.text("runs/net/metrics.json") == "{\"best_epoch\":3,\"val/loss\":null}\n")
    let pid = ProcessInfo.processInfo.processIdentifier
    #expect(
      try folder.text("runs/net/status.json") == "{\"epoch\":2,\"pid\":\(pid),\"state\":\"interrupted\"}\n")
    #expect(run.path(of: .best) == "\(root)/net/weights/best.safetensors")
    #expect(try folder.names(in: "runs/net/weights") == ["best.safetensors", "last.safetensors"])
    #expect(
      try folder.names(in: "runs/net") == [
        ".lock", "checkpoint", "metrics.json", "resolved.yaml", "spec.yaml", "status.json", "summary.txt", "weights",
      ])
  }

  @Test("the environment names version, machine, threads, seed and spec")
  func environment() throws {
    let run = try make("net")
    let spec = Array("foobar".utf8)
    try run.writeEnvironment(Environment(instructionSet: "avx2_fma", threads: 4, seed: .max, spec: spec))
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(folder.read("runs/net/environment.json"))) as? [String: Any])
    #expect(object["cnnrun_version"] as? String == cnnrunVersion)
    #expect(object["seed"] as? String == "18446744073709551615")
    #expect(object["threads"] as? Int == 4)
    #expect(object["instruction_set"] as? String == "avx2_fma")
    #expect(object["spec"] as? String == "fnv1a64:85944171f73967e8")
    #expect((object["os"] as? String)?.split(separator: " ").count == 3)
    #expect(object["cpu"] is String)
  }

  @Test("a folder that cannot be written to is the system's error")
  func errors() throws {
    let run = RunDirectory(existing: folder.path("nowhere"), metricNames: names)
    #expect(code { try run.writeSummary("") } == .notFound)
    #expect(code { try run.appendSteps([]) } == .notFound)
  }
}

@Suite("Fingerprints")
struct FingerprintTests {
  /// Test vectors of FNV-1a, 64 bits, from its authors' `test_fnv.c`.
  @Test(
    "FNV-1a gives the published answers",
    arguments: [
      ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("b", 0xaf63_df4c_8601_f1a5),
      ("foobar", 0x8594_4171_f739_67e8),
    ] as [(String, UInt64)])
  func vectors(text: String, expected: UInt64) {
    #expect(Fingerprint.value(of: text.utf8) == expected)
  }

  @Test("the text has sixteen digits, zeros in front included")
  func text() {
    #expect(Fingerprint.text(of: []) == "fnv1a64:cbf29ce484222325")
    let short = (0...UInt16.max).first { Fingerprint.value(of: [UInt8($0 & 255), UInt8($0 >> 8)]) < 1 << 60 }
    #expect(short.map { Fingerprint.text(of: [UInt8($0 & 255), UInt8($0 >> 8)]).utf8.count } == 24)
  }
}
