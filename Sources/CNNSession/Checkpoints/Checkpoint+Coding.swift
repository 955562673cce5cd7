extension Checkpoint {
  /// The header of a checkpoint file.
  func encode() -> [UInt8] {
    var writer = StateWriter()
    run.encode(into: &writer)
    position.encode(into: &writer)
    writer.add(step)
    writer.add(learningRate) { $0.add($1) }
    history.encode(into: &writer)
    writer.add(callbacks) {
      $0.add($1.kind)
      $0.add($1.bytes)
    }
    writer.add(files) {
      $0.add($1.path)
      $0.add($1.byteCount)
    }
    writer.add(end) { $1.encode(into: &$0) }
    writer.add(tensors) {
      $0.add($1.name)
      $0.add($1.extents) { $0.add($1) }
    }
    writer.add(optimizerFloatCount)
    writer.add(keptEpochs) { $0.add($1) }
    return writer.bytes
  }

  init(decoding bytes: [UInt8]) throws(StateReader.Fault) {
    var reader = StateReader(bytes)
    run = try RunRecord(from: &reader)
    position = try TrainingPosition(from: &reader)
    step = try reader.uint32()
    learningRate = try reader.optional { reader throws(StateReader.Fault) in try reader.float() }
    history = try RunHistory(from: &reader)
    callbacks = try reader.array { reader throws(StateReader.Fault) in
      CallbackState(kind: try reader.string(), bytes: try reader.byteArray())
    }
    files = try reader.array { reader throws(StateReader.Fault) in
      GrownFile(path: try reader.string(), byteCount: try reader.count())
    }
    end = try reader.optional { reader throws(StateReader.Fault) in try RunEnd(from: &reader) }
    tensors = try reader.array { reader throws(StateReader.Fault) in
      Tensor(
        name: try reader.string(),
        extents: try reader.array { reader throws(StateReader.Fault) in try reader.count() })
    }
    optimizerFloatCount = try reader.count()
    keptEpochs = try reader.array { reader throws(StateReader.Fault) in try reader.count() }
    if !reader.isAtEnd { throw reader.fault("more bytes than a header has") }
  }

  /// Numbers behind the header: weights of now, the optimiser's, weights of each kept epoch; `nil` beyond what can be.
  var floatCount: Int? {
    var weights = 0
    for tensor in tensors {
      var count = 1
      for extent in tensor.extents {
        let (product, overflows) = count.multipliedReportingOverflow(by: extent)
        if overflows { return nil }
        count = product
      }
      let (sum, overflows) = weights.addingReportingOverflow(count)
      if overflows { return nil }
      weights = sum
    }
    let (sets, overflows) = weights.multipliedReportingOverflow(by: keptEpochs.count + 1)
    let (all, overflowsToo) = sets.addingReportingOverflow(optimizerFloatCount)
    return overflows || overflowsToo || all > Int.max / 8 ? nil : all
  }
}

extension RunRecord {
  fileprivate func encode(into writer: inout StateWriter) {
    writer.add(name)
    writer.add(spec)
    writer.add(specName)
    writer.add(specDirectory)
    writer.add(overrides) { $0.add($1) }
    writer.add(resolved)
    writer.add(epochs)
    writer.add(dataDirectory) { $0.add($1) }
    writer.add(logsSteps)
    writer.add(startedAt)
    writer.add(seconds)
    writer.add(toolVersion)
    writer.add(instructionSet)
    dataFingerprint.encode(into: &writer)
    writer.add(classNames) { $0.add($1) }
  }

  fileprivate init(from reader: inout StateReader) throws(StateReader.Fault) {
    name = try reader.string()
    spec = try reader.byteArray()
    specName = try reader.string()
    specDirectory = try reader.string()
    overrides = try reader.array { reader throws(StateReader.Fault) in try reader.string() }
    resolved = try reader.string()
    epochs = try reader.count()
    dataDirectory = try reader.optional { reader throws(StateReader.Fault) in try reader.string() }
    logsSteps = try reader.bool()
    startedAt = try reader.double()
    seconds = try reader.double()
    toolVersion = try reader.string()
    instructionSet = try reader.string()
    dataFingerprint = try DataFingerprint(from: &reader)
    classNames = try reader.array { reader throws(StateReader.Fault) in try reader.string() }
  }
}

extension DataFingerprint {
  fileprivate func encode(into writer: inout StateWriter) {
    training.encode(into: &writer)
    for part in [validation, test] { writer.add(part) { $1.encode(into: &$0) } }
  }

  fileprivate init(from reader: inout StateReader) throws(StateReader.Fault) {
    let training = try Part(from: &reader)
    let validation = try reader.optional { reader throws(StateReader.Fault) in try Part(from: &reader) }
    let test = try reader.optional { reader throws(StateReader.Fault) in try Part(from: &reader) }
    self.init(training: training, validation: validation, test: test)
  }
}

extension DataFingerprint.Part {
  fileprivate func encode(into writer: inout StateWriter) {
    writer.add(value)
    writer.add(isSampled)
  }

  fileprivate init(from reader: inout StateReader) throws(StateReader.Fault) {
    self.init(value: try reader.uint64(), isSampled: try reader.bool())
  }
}

extension TrainingPosition {
  fileprivate func encode(into writer: inout StateWriter) {
    writer.add(epochs)
    writer.add(steps)
    writer.add(seconds)
    writer.add(totals.sums) { $0.add($1) }
  }

  /// The sums belong to no metrics yet; `measuring` gives them theirs.
  fileprivate init(from reader: inout StateReader) throws(StateReader.Fault) {
    self.init([])
    epochs = try reader.count()
    steps = try reader.count()
    seconds = try reader.double()
    totals.sums = try reader.array { reader throws(StateReader.Fault) in try reader.double() }
  }
}

extension RunEnd {
  fileprivate func encode(into writer: inout StateWriter) {
    writer.add(state.rawValue)
    writer.add(reason) { $0.add($1) }
    writer.add(evaluation) {
      $0.add($1.name)
      $0.add($1.value)
    }
  }

  fileprivate init(from reader: inout StateReader) throws(StateReader.Fault) {
    let word = try reader.string()
    guard let state = RunDirectory.State(rawValue: word) else { throw reader.fault("a state `\(word)`") }
    self.state = state
    reason = try reader.optional { reader throws(StateReader.Fault) in try reader.string() }
    evaluation = try reader.array { reader throws(StateReader.Fault) in
      NamedValue(try reader.string(), try reader.double())
    }
  }
}
