import CNNKernels
import Foundation
import Testing

@testable import CNNSession

@Suite("event files")
struct EventFileTests {
  @Test("the mask of a checksum is TensorFlow's")
  func mask() {
    // CRC-32C of "123456789" is e3069283 (RFC 3720's polynomial; the usual check value); masked as TensorFlow does it:
    // turned right by 15 bits, plus a282ead8.
    #expect(CRC32C.of(Array("123456789".utf8)) == 0xe306_9283)
    #expect(EventFile.masked(0xe306_9283) == 0xc78a_b0e5)
  }

  /// Made with TensorBoard's own `RecordWriter` and `Event` (tensorboard 2.20, protobuf 7):
  ///
  ///     RecordWriter(f).write(Event(wall_time=1.5, file_version="brain.Event:2").SerializeToString())
  ///     RecordWriter(f).write(Event(wall_time=2, step=3, summary=Summary(value=[
  ///       Summary.Value(tag="epoch_loss", simple_value=0.5)])).SerializeToString())
  @Test("records are those of TensorBoard's writer, byte for byte")
  func records() {
    func hex(_ bytes: [UInt8]) -> String {
      bytes.map { String($0, radix: 16) }.map { $0.count == 1 ? "0" + $0 : $0 }.joined()
    }
    #expect(
      hex(EventFile.version(wallTime: 1.5))
        == "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c")
    #expect(
      hex(EventFile.scalar("epoch_loss", 0.5, step: 3, wallTime: 2))
        == "200000000000000029eda95009000000000000004010032a130a110a0a65706f63685f6c6f7373150000003f9e9c4dcd")
  }

  @Test("names sort by time and hold nothing but plain characters")
  func names() {
    #expect(
      EventFile.name(startedAt: 1_795_667_152.9, host: "vm-1", process: 7, number: 0)
        == "events.out.tfevents.1795667152.vm-1.7.0")
    #expect(
      EventFile.name(startedAt: 12, host: "../a b", process: 7, number: 1)
        == "events.out.tfevents.0000000012.___a_b.7.1")
    #expect(
      EventFile.name(startedAt: .nan, host: "", process: 7, number: 1) == "events.out.tfevents.0000000000.host.7.1")
  }

  @Test("tags, steps and folders are those of Keras's callback")
  func tags() {
    var callback = TensorBoard(folder: "logs", startedAt: 5, host: "h", process: 1)
    var logs = EpochLogs(
      epoch: 2, figures: [NamedValue("loss", 1), NamedValue("val_loss", 2)], learningRate: 0.5, iterations: 48,
      steps: 16, seconds: 2, wallTime: 9)
    var files: [String: [UInt8]] = [:]
    for case .append(let path, let bytes) in callback.epochEnded(&logs) { files[path, default: []] += bytes }
    let name = "events.out.tfevents.0000000005.h.1.0"
    #expect(Set(files.keys) == ["logs/train/\(name)", "logs/validation/\(name)"])
    #expect(
      files["logs/train/\(name)"]
        == EventFile.version(wallTime: 9) + EventFile.scalar("epoch_loss", 1, step: 2, wallTime: 9)
        + EventFile.scalar("epoch_learning_rate", 0.5, step: 2, wallTime: 9))
    #expect(
      files["logs/validation/\(name)"]
        == EventFile.version(wallTime: 9) + EventFile.scalar("epoch_loss", 2, step: 2, wallTime: 9)
        + EventFile.scalar("evaluation_loss_vs_iterations", 2, step: 48, wallTime: 9))
    // The version stands once in a file, in a resumed run too.
    var writer = StateWriter()
    callback.save(into: &writer)
    var resumed = TensorBoard(folder: "logs", startedAt: 99, host: "other", process: 2)
    var reader = StateReader(writer.bytes)
    #expect(throws: Never.self) { try resumed.restore(from: &reader) }
    logs.epoch = 3
    for case .append(let path, let bytes) in resumed.epochEnded(&logs) where path.hasPrefix("logs/train") {
      #expect(path == "logs/train/\(name)")
      #expect(bytes.starts(with: EventFile.scalar("epoch_loss", 1, step: 3, wallTime: 9)))
    }
  }

  @Test("a state that names another place is refused")
  func hostileState() {
    var writer = StateWriter()
    writer.add("events.out.tfevents.1/../../x")
    writer.add(false)
    writer.add(false)
    var callback = TensorBoard(folder: "logs", startedAt: 5, host: "h", process: 1)
    var reader = StateReader(writer.bytes)
    #expect(throws: StateReader.Fault.self) { try callback.restore(from: &reader) }
  }

  @Test("each value lies in one part of a histogram, the least and the largest too")
  func histogram() {
    let histogram = Histogram([0, 0.5, 1, 1, 30, .nan, .infinity])
    #expect(histogram.minimum == 0 && histogram.maximum == 30)
    #expect(histogram.limits.count == 30 && histogram.limits.last == 30 && histogram.limits[0] == 1)
    #expect(histogram.counts.reduce(0, +) == 5)
    // Parts are one wide: 0 and 0.5; 1 and 1; 30 with those from 29.
    #expect(histogram.counts[0] == 2 && histogram.counts[1] == 2 && histogram.counts[29] == 1)
    #expect(histogram.sum == 32.5 && histogram.sumOfSquares == 0.25 + 2 + 900)
    #expect(Histogram([2, 2]).limits == [2] && Histogram([2, 2]).counts == [2])
    #expect(Histogram([.nan]).counts.isEmpty)
  }
}
