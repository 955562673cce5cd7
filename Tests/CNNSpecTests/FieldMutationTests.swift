import CNNDiagnostics
import CNNLayers
import CNNSpec
import CNNYAML
import Foundation
import Testing

/// Each field of a spec in which everything is written out, mistreated in every way: one diagnostic in its place, or
/// a valid spec, and never a trap.
@Suite struct FieldMutationTests {
  /// A value that an argument takes, in its longest form, so that what is nested is mistreated too.
  private static func sample(_ schema: ValueSchema) -> String {
    switch schema {
    case .integer(let minimum, _): "\(max(1, minimum ?? 1))"
    case .number(let range): range.contains(0.5) ? "0.5" : "1"
    case .boolean: "true"
    case .text: "text"
    case .words(let words): words.first ?? "none"
    case .sequence(let item, let counts):
      // Two ends of a range differ.
      "["
        + (0..<min(max(2, counts.lowerBound), counts.upperBound)).map { index in
          let text = sample(item)
          return index > 0 && text == "0.5" ? "0.75" : text
        }.joined(separator: ", ") + "]"
    case .record(let members):
      members.first.map { "{\($0.name): \(sample($0.schema))}" } ?? "{}"
    case .oneOf(let schemas): schemas.map(sample).max { $0.utf8.count < $1.utf8.count } ?? "none"
    case .choice(let members): members.first.map { "{\($0.name): \(sample($0.schema))}" } ?? "{}"
    case .map(let schema): "{0: \(sample(schema))}"
    case .pattern: "1/2"
    case .named(_, let schema): sample(schema)
    case .layers, .layersOrNone: "[relu]"
    }
  }

  /// One spec a layer kind, with every argument that the catalogue lists.
  static let layers: [String] = LayerCatalog.standard.kinds.map { kind in
    let arguments = kind.arguments.map { "        \($0.name): \(sample($0.schema))\n" }.joined()
    return """
      model:
        input: [28, 28, 4]
        layers:
          - conv2d: {filters: 4, kernel_size: 3, padding: same, name: a}
          - conv2d: {filters: 4, kernel_size: 3, padding: same, name: b}
          - \(kind.kind):
              name: subject
              trainable: true
              inputs: \(kind.inputCount.allows(1) ? "[b]" : "[a, b]")

      """ + arguments
  }

  static let settings = """
    cnnrun: 1
    name: rich
    data:
      source: {csv: {path: list.csv, label: kind, image: file, header: true}}
      order: file
      split: {train: "train[:80%]", validation: "train[80%:]", test: {npz: {path: a.npz, images: x, labels: y}}, stratify: true, hash: false}
      image_size: [8, 8]
      color_mode: grayscale
      rescale: 1/255
      class_names: [a, b, c]
    model:
      input: [8, 8, 1]
      layers: [flatten, {dense: {units: 3, activation: softmax}}]
    training:
      optimizer:
        adam:
          learning_rate: 0.001
          beta_1: 0.9
          beta_2: 0.999
          epsilon: 1e-7
          amsgrad: true
          weight_decay: 0.004
          clipnorm: 1
          use_ema: true
          ema_momentum: 0.9
          ema_overwrite_frequency: 10
          gradient_accumulation_steps: 2
      loss: {categorical_crossentropy: {label_smoothing: 0.1}}
      metrics:
        - accuracy
        - top_k_accuracy: {k: 2}
        - precision: {thresholds: 0.4, top_k: 2, class_id: 1, name: precision_b}
        - f1: {average: micro, threshold: 0.3}
        - auc: {num_thresholds: 100, curve: pr, summation_method: minoring, multi_label: true, name: area}
      class_weight: {0: 1, b: 2.5}
      batch_size: 32
      epochs: 20
      shuffle: true
      seed: 1
      initial_weights: {from: first.safetensors, skip_mismatch: true}
      callbacks:
        - early_stopping: {monitor: val_loss, min_delta: 0.1, patience: 3, mode: min, baseline: 1, restore_best_weights: true, start_from_epoch: 2}
        - reduce_lr_on_plateau: {monitor: loss, factor: 0.5, patience: 3, mode: auto, min_delta: 0.1, cooldown: 1, min_lr: 0.001}
        - model_checkpoint: {path: best, monitor: val_accuracy, save_best_only: true, save_weights_only: false, mode: max}
        - terminate_on_nan
        - tensorboard: {path: logs}
        - csv_logger: {path: log.csv, append: true}
    expect:
      total_params: 195
      trainable_params: 195
      output_shape: [3]
      flops: "<= 10000"
      max_memory: 64 MiB
      layers: 2
      val_accuracy: ">= 0.80"
      max_seconds: 60

    """

  /// Schedules and the other optimizers' arguments.
  static let schedules = [
    "exponential_decay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.9, staircase: true, warmup: 3}",
    "inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 9, decay_rate: 0.9, staircase: true, warmup: {steps: 2, from: 0.1}}",
    "polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 9, end_learning_rate: 0.01, power: 2, cycle: true}",
    "piecewise_constant: {boundaries: [3, 9], values: [0.1, 0.2, 0.3], warmup: {steps: 2}}",
    "cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9, alpha: 0.1, warmup_target: 0.3, warmup_steps: 4}",
    "cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 9, t_mul: 2, m_mul: 0.5, alpha: 0.1}",
  ].map { schedule in
    """
    model: {input: [8, 8, 1], layers: [flatten, {dense: 3}]}
    training:
      optimizer: {sgd: {momentum: 0.5, learning_rate: {\(schedule)}}}
      loss: {huber: {delta: 0.5}}

    """
  }
  static let optimizers = [
    "rmsprop: {learning_rate: 0.1, rho: 0.8, momentum: 0.5, epsilon: 0.1, centered: true, global_clipnorm: 2}",
    "adamw: {weight_decay: none, amsgrad: true, clipvalue: 2}", "nadam: {beta_1: 0.5, beta_2: 0.5, epsilon: 0.1}",
    "adagrad: {initial_accumulator_value: 0.5, epsilon: 0.1}", "lion: {beta_1: 0.5, beta_2: 0.5}",
  ].map { optimizer in
    """
    model: {input: [8, 8, 1], layers: [flatten, {dense: 3}, softmax]}
    training:
      optimizer: {\(optimizer)}
      loss: {categorical_crossentropy: {label_smoothing: 0.5}}
      metrics: [{recall: {thresholds: 0.1}}, {f1: {average: macro, name: f}}]
      class_weight: balanced

    """
  }

  private static let values = [
    "", "0", "-1", "1e30", "1048577", "-9223372036854775808", "\"1\"", "text", "yes", "null", "[]", "[1, 2, 3]",
    "{a: 1}",
    "(3, 3)", ".nan", "*nowhere", "|\n",
  ]

  /// Every entry of a tree, outermost first.
  private static func entries(_ node: YAMLNode) -> [YAMLEntry] {
    switch node.content {
    case .scalar: []
    case .sequence(let items): items.flatMap(entries)
    case .mapping(let members): members.flatMap { [$0] + entries($0.value) }
    }
  }

  @Test(
    "every documented field survives whatever is written there", arguments: layers + [settings] + schedules + optimizers
  )
  func mutations(text: String) throws {
    let bytes = Array(text.utf8)
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let source = sources.add(SourceText(name: "rich.yaml", bytes: bytes))
    let root = try #require(YAMLReader.read(bytes, source: source, into: &bag))
    // Of the two layers before the subject, everything is written out in a spec of their own.
    let start = text.range(of: "subject").map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) } ?? 0
    let entries = Self.entries(root).filter { $0.value.span.start.byte >= start }
    #expect(entries.count >= 3)
    for entry in entries {
      let (key, value) = (entry.keySpan, entry.value.span)
      func replacing(_ range: Range<Int>, _ text: String) -> [UInt8] {
        Array(bytes[..<range.lowerBound]) + Array(text.utf8) + Array(bytes[range.upperBound...])
      }
      var mutants = Self.values.map { replacing(value.start.byte..<value.end.byte, $0) }
      // Left out, written twice, misspelt.
      mutants.append(replacing(key.start.byte..<value.end.byte, ""))
      let whole = String(decoding: bytes[key.start.byte..<value.end.byte], as: UTF8.self)
      mutants.append(replacing(key.start.byte..<key.start.byte, whole + ", "))
      mutants.append(
        replacing(key.start.byte..<key.start.byte, whole + "\n" + String(repeating: " ", count: key.start.column - 1)))
      mutants.append(replacing(key.end.byte..<key.end.byte, "x"))
      for mutant in mutants { check(mutant) }
    }
  }

  /// Errors or a spec, each diagnostic inside of the text, with edits that fit it.
  private func check(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let loaded = Loaded(text, name: "mutant.yaml")
    let errors = loaded.diagnostics.filter { $0.severity == .error }
    #expect((loaded.spec == nil) == !errors.isEmpty, "\(text)")
    for diagnostic in loaded.diagnostics {
      let span = diagnostic.span
      #expect(span.start.line >= 1 && span.end.byte <= bytes.count && span.start.byte <= span.end.byte, "\(text)")
      #expect(diagnostic.proposals.isEmpty && !diagnostic.message.isEmpty)
      for edit in diagnostic.fix?.edits ?? [] {
        #expect(edit.span.start.byte <= edit.span.end.byte && edit.span.end.byte <= bytes.count, "\(text)")
      }
    }
    _ = loaded.rendered
  }

  @Test(
    "the rich specs themselves are right, and resolve to themselves", arguments: [settings] + schedules + optimizers)
  func rich(text: String) {
    let loaded = Loaded(text)
    #expect(loaded.rendered == "")
    let resolved = loaded.spec?.resolvedText ?? ""
    #expect(Loaded(resolved).spec?.resolvedText == resolved, "\(resolved)")
  }
}
