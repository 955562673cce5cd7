internal import CNNKernels
import CNNSession

/// Batches in preparation: a fixed ring of places, filled by threads of its own while training works on another.
///
/// The batch that training works on has a place, and so have the next ones of the same order, which are foreseen from
/// it: batches of one size, one after the other, until the order ends. What was foreseen wrongly is dropped. Threads
/// take samples one by one, of the batch that is wanted first; which thread reads which sample changes nothing, since
/// each is read whole, on its own, into a row of its own.
final class SampleRing: SampleStream {
  /// One batch in training and three in preparation.
  static let placeCount = 4

  private let state: Monitor<RingState>
  private let reader: RingReader

  /// - Parameters:
  ///   - numbers: the records that make up the data set; orders name places in this list.
  ///   - labels: a class index for each of them.
  ///   - targets: values for each of them instead, row after row.
  init(
    _ records: any SampleRecords, _ numbers: [Int], labels: [Int32], targets: [Float] = [], batchSize: Int,
    threads: Int
  ) {
    let size = min(max(1, batchSize), max(1, numbers.count))
    let width = targets.count / max(1, numbers.count)
    let places = (0..<Self.placeCount).map { _ in RingPlace(records, batchSize: size, targetWidth: width) }
    let state = Monitor(RingState(places: places))
    let reader = RingReader(
      records: records, numbers: numbers, labels: labels, targets: targets, targetWidth: width, state: state)
    self.state = state
    self.reader = reader
    // They hold what they need, and not the ring, so that it can end them. Nobody waits for the end.
    BackgroundThreads(count: max(1, threads)) { _ in reader.work() }.detach()
  }

  deinit { state.withLock { $0.isStopping = true } }

  /// Bytes of the places of a ring.
  static func byteCount(_ records: any SampleRecords, batchSize: Int) -> Int {
    let (batch, overflows) = batchSize.multipliedReportingOverflow(by: records.sampleByteCount)
    return overflows || batch > Int.max / placeCount ? .max : batch * placeCount
  }

  func withBatch<Result>(
    order: borrowing [Int32], batch: Range<Int>, _ body: (borrowing StreamedBatch) -> Result
  ) throws(SessionError) -> Result {
    if batch.isEmpty { return body(StreamedBatch(bytes: [], floats: [], labels: [], targets: [], positions: [])) }
    // This batch, and those that are likely to follow it.
    var wanted = [batch]
    while wanted.count < Self.placeCount, let last = wanted.last, last.upperBound < order.count {
      wanted.append(last.upperBound..<min(last.upperBound + batch.count, order.count))
    }
    let order = copy order
    let batches = wanted.map { order[$0] }
    // Places whose rows are being read for nothing are free in a moment.
    state.wait { $0.foresee(batches) ? () : nil }
    // Who waits can as well help; so a machine without a thread to spare gets on, too.
    var sample = SampleBuffer()
    while let task = state.withLock({ $0.nextTask(ofFirst: true) }) { reader.perform(task, &sample) }
    let (place, fault) = state.wait { $0.takeFirst() }
    defer { state.withLock { $0.giveBack(place) } }
    if let fault { throw SessionError(.badSample, fault.message, help: fault.help) }
    return body(place.batch)
  }
}

/// A batch that is being read, or has been.
private final class RingPlace: @unchecked Sendable {
  // @unchecked: rows are written with the monitor's lock held, and read by who took the place, after all are written.
  var batch: StreamedBatch
  /// Which samples it holds or will hold; empty for none.
  var samples: [Int32] = []
  /// Rows that a thread has taken, and rows that are done.
  var taken = 0
  var done = 0
  /// Of the first row that could not be read.
  var fault: (row: Int, error: DataError)?

  init(_ records: any SampleRecords, batchSize: Int, targetWidth: Int) {
    let count = batchSize * records.elementCount
    batch = StreamedBatch(
      bytes: records.element == .bytes ? [UInt8](repeating: 0, count: count) : [],
      floats: records.element == .floats ? [Float](repeating: 0, count: count) : [],
      labels: [Int32](repeating: 0, count: batchSize),
      targets: [Float](repeating: 0, count: batchSize * targetWidth), positions: (0..<Int32(batchSize)).map(\.self))
  }
}

/// What the threads of a ring share.
private struct RingState: Sendable {
  struct Task: Sendable {
    let place: RingPlace
    let row: Int
    let sample: Int32
  }

  /// In the order in which they are wanted.
  var places: [RingPlace]
  var isStopping = false

  /// Puts the places of these batches first, and starts on those that have none.
  ///
  /// A place whose rows are being read is left alone until they are done.
  /// - Returns: whether the first batch has a place.
  mutating func foresee(_ wanted: [ArraySlice<Int32>]) -> Bool {
    var free = places
    var ordered: [RingPlace] = []
    for batch in wanted {
      if let index = free.firstIndex(where: { $0.samples.elementsEqual(batch) }) {
        ordered.append(free.remove(at: index))
      } else if let index = free.firstIndex(where: { place in
        !wanted.contains { $0.elementsEqual(place.samples) } && place.taken == place.done
      }) {
        let place = free.remove(at: index)
        place.samples = Array(batch)
        place.taken = 0
        place.done = 0
        place.fault = nil
        ordered.append(place)
      } else {
        break
      }
    }
    // What nobody wants any more is not begun.
    for place in free where place.taken < place.samples.count {
      place.samples.removeLast(place.samples.count - place.taken)
    }
    places = ordered + free
    return !ordered.isEmpty
  }

  /// A sample to read, of the batch that is wanted first.
  func nextTask(ofFirst onlyFirst: Bool) -> Task? {
    for place in onlyFirst ? places.prefix(1) : places[...] where place.taken < place.samples.count {
      let row = place.taken
      place.taken += 1
      return Task(place: place, row: row, sample: place.samples[row])
    }
    return nil
  }

  /// The first place, once all its rows are done, with the fault of the first row that has one.
  func takeFirst() -> (RingPlace, DataError?)? {
    guard let place = places.first, place.done == place.samples.count else { return nil }
    return (place, place.fault?.error)
  }

  /// A batch that was used is not wanted again.
  func giveBack(_ place: RingPlace) {
    place.samples = []
    place.taken = 0
    place.done = 0
  }
}

/// What a thread of a ring does.
private struct RingReader: Sendable {
  let records: any SampleRecords
  let numbers: [Int]
  let labels: [Int32]
  let targets: [Float]
  let targetWidth: Int
  let state: Monitor<RingState>

  /// Reads samples until the ring is gone.
  func work() {
    var sample = SampleBuffer()
    while true {
      let task: RingState.Task?? = state.wait { state in
        if state.isStopping { return .some(nil) }
        return state.nextTask(ofFirst: false).map { .some($0) }
      }
      guard let task = task ?? nil else { return }
      perform(task, &sample)
    }
  }

  func perform(_ task: RingState.Task, _ sample: inout SampleBuffer) {
    let index = Int(task.sample)
    var fault: DataError?
    do throws(DataError) {
      try records.read(numbers[index], into: &sample)
    } catch {
      fault = error
    }
    let size = records.elementCount
    let range = (task.row * size)..<((task.row + 1) * size)
    state.withLock { _ in
      let place = task.place
      place.batch.labels[task.row] = labels[index]
      for column in 0..<targetWidth {
        place.batch.targets[task.row * targetWidth + column] = targets[index * targetWidth + column]
      }
      if let fault {
        if task.row <= place.fault?.row ?? task.row { place.fault = (task.row, fault) }
      } else if records.element == .bytes {
        place.batch.bytes.replaceSubrange(range, with: sample.bytes)
      } else {
        place.batch.floats.replaceSubrange(range, with: sample.floats)
      }
      place.done += 1
    }
  }
}
