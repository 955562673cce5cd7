import Testing

@testable import CNNSpec

@Suite("callbacks in a spec")
struct CallbackSpecTests {
  private func loaded(_ callbacks: String, metrics: String = "[accuracy]") -> Loaded {
    Loaded(
      """
      data: {source: mnist, rescale: 1/255, split: {validation: 0.2}}
      model:
        input: [28, 28, 1]
        layers: [flatten, {dense: 10}, softmax]
      training:
        optimizer: adam
        loss: sparse_categorical_crossentropy
        metrics: \(metrics)
        epochs: 50
        callbacks: \(callbacks)

      """)
  }

  @Test("defaults are Keras's")
  func defaults() throws {
    let all = "[early_stopping, reduce_lr_on_plateau, {model_checkpoint: a}, terminate_on_nan, csv_logger, tensorboard]"
    let callbacks = try #require(loaded(all).spec?.training?.callbacks)
    #expect(
      callbacks.map(\.settings) == [
        .earlyStopping(
          .init(minDelta: 0, baseline: nil, restoresBestWeights: false, startFromEpoch: 0)),
        .reduceLROnPlateau(.init(factor: 0.1, minDelta: 1e-4, minRate: 0, cooldown: 0)),
        .modelCheckpoint(
          .init(
            name: try FileNamePattern("a"), savesBestOnly: false, savesWeightsOnly: false, frequency: .epoch,
            initialThreshold: nil)),
        .terminateOnNaN, .csvLogger(separator: ","),
        .tensorBoard(.init(frequency: .epoch, histogramFrequency: 0, writesStepsPerSecond: false)),
      ])
    #expect(callbacks.map { $0.patience?.value } == [0, 10, nil, nil, nil, nil])
    #expect(callbacks.map { $0.monitor?.value } == ["val_loss", "val_loss", nil, nil, nil, nil])
    #expect(callbacks.map { $0.file?.value } == [nil, nil, "a", nil, "training.csv", "logs"])
  }

  @Test("arguments are read, and the resolved spec reads back the same")
  func arguments() throws {
    let text = """
      [{early_stopping: {monitor: val_accuracy, min_delta: -0.01, patience: 3, baseline: 0.5, restore_best_weights: true}},
          {model_checkpoint: {path: "w/{epoch:02d}-{loss:.3f}", save_best_only: true, monitor: loss, save_freq: 100}},
          {tensorboard: {path: tb, update_freq: batch, histogram_freq: 2}}, {csv_logger: {path: log.csv, separator: ";"}}]
      """
    let first = loaded(text)
    let spec = try #require(first.spec, "\(first.rendered)")
    let again = Loaded(spec.resolvedText)
    #expect(again.spec?.training?.callbacks.map(\.settings) == spec.training?.callbacks.map(\.settings))
    #expect(again.spec?.resolvedText == spec.resolvedText)
    guard case .modelCheckpoint(let checkpoint)? = spec.training?.callbacks[1].settings else {
      Issue.record("no checkpoint")
      return
    }
    #expect(checkpoint.frequency == .steps(100))
    #expect(checkpoint.name.names == ["epoch", "loss"])
    guard case .tensorBoard(let board)? = spec.training?.callbacks[2].settings else { return }
    #expect(board.frequency == .steps(1))
  }

  @Test(
    "files that cannot be written as they are named",
    arguments: [
      ("{csv_logger: status.json}", "`status.json` is one of the files that the run itself writes"),
      ("{csv_logger: History.CSV}", "`History.CSV` is one of the files that the run itself writes"),
      ("{tensorboard: weights/tb}", "`weights` is one of the files that the run itself writes"),
      ("{csv_logger: .lock}", "`.lock` is one of the files that the run itself writes"),
      ("{tensorboard: logs/}", "`logs/` names no file"),
      (
        "{model_checkpoint: best.keras}", "`best.keras` ends in `.keras`, and what is written is a safetensors file"
      ),
      ("{model_checkpoint: \"{epoch\"}", "`{epoch` has a `{` without its `}`"),
      ("{model_checkpoint: \"epoch}\"}", "`epoch}` has a `}` without its `{`"),
      ("{model_checkpoint: \"{epoch:>4}\"}", "`{epoch:>4}` has `{epoch:>4}`, and `>4` is no form of a number"),
      ("{model_checkpoint: \"{}\"}", "`{}` has `{}`, which names no number"),
      (
        "{model_checkpoint: \"{val_acuracy:.2f}\"}",
        "`{val_acuracy:.2f}` holds `{val_acuracy}`, which is not known when the file is written"
      ),
      (
        "{model_checkpoint: {path: \"{val_loss}\", save_freq: 5}}",
        "`{val_loss}` holds `{val_loss}`, which is not known when the file is written"
      ),
    ])
  func files(_ callback: String, _ message: String) {
    let loaded = loaded("[\(callback)]")
    #expect(loaded.codes == ["CN4110"], "\(loaded.rendered)")
    #expect(loaded.messages == [message])
  }

  @Test("paths lead nowhere else", arguments: ["../x.csv", "/tmp/x.csv", "a/../../x", "~/x"])
  func escapes(_ path: String) {
    #expect(loaded("[{csv_logger: \(path)}]").codes == ["CN2212"], "\(path)")
    #expect(loaded("[{model_checkpoint: \(path)}]").spec == nil)
    #expect(loaded("[{tensorboard: \(path)}]").spec == nil)
  }

  @Test("no two callbacks write one file")
  func sharedFiles() {
    let loaded = loaded("[{csv_logger: a.csv}, {csv_logger: ./a.csv}]")
    #expect(loaded.messages == ["`./a.csv` is written by two callbacks"])
  }

  @Test(
    "patterns are Python's",
    arguments: [
      ("best", [.text("best.safetensors")]),
      ("a.safetensors", [.text("a.safetensors")]),
      ("{{x}}", [.text("{x}.safetensors")]),
      (
        "{epoch:03d}-{loss:.2f}.safetensors",
        [
          .number(name: "epoch", .init(style: .whole, width: 3, fillsWithZeros: true)), .text("-"),
          .number(name: "loss", .init(style: .fixed(2))), .text(".safetensors"),
        ]
      ),
      (
        "d/{loss:10e}{epoch}",
        [
          .text("d/"), .number(name: "loss", .init(style: .scientific(6), width: 10)),
          .number(name: "epoch", .init()), .text(".safetensors"),
        ]
      ),
    ] as [(String, [FileNamePattern.Part])])
  func patterns(_ text: String, _ parts: [FileNamePattern.Part]) throws {
    #expect(try FileNamePattern(text).parts == parts)
  }

  @Test("a separator is one character", arguments: ["ab", "\"\"", "\"\\n\""])
  func separators(_ text: String) {
    #expect(loaded("[{csv_logger: {separator: \(text)}}]").spec == nil)
    #expect(loaded("[{csv_logger: {separator: \"\\t\"}}]").spec != nil)
  }

  @Test("a frequency is a word or a number of steps")
  func frequencies() {
    #expect(loaded("[{model_checkpoint: {path: a, save_freq: 0}}]").codes == ["CN2207"])
    #expect(loaded("[{model_checkpoint: {path: a, save_freq: epohc}}]").codes == ["CN2206"])
    #expect(loaded("[{model_checkpoint: {path: a, save_freq: batch}}]").codes == ["CN2206"])
    #expect(loaded("[{tensorboard: {update_freq: batch}}]").spec != nil)
  }
}
