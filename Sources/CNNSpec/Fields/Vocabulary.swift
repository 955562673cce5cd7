package import CNNDiagnostics
package import CNNYAML

/// Which keys a mapping may have, and what is known of those it may not.
package struct Vocabulary: Sendable {
  /// Valid here, in the order in which to list them.
  package let keys: [String]
  let accepted: Set<String>
  /// Keys of others, and whose: `units` is dense's. Asked for when a key is unknown.
  package var elsewhere: @Sendable () -> [String: String]
  /// Named where a key of others has no counterpart here.
  package var mainKey: String?
  /// Words that are items of the list behind a key: kinds of layers, of `layers`.
  package var items: (words: Set<String>, key: String)?

  package init(
    _ arguments: [any ArgumentDescription], and more: [String] = [],
    elsewhere: @autoclosure @escaping @Sendable () -> [String: String] = [:], mainKey: String? = nil
  ) {
    keys = arguments.map(\.name) + more
    accepted = Set(keys)
    self.elsewhere = elsewhere
    self.mainKey = mainKey
  }
}

extension FieldReader {
  /// Reports keys that the mapping may not have, each with the nearest name that it may.
  ///
  /// - Parameter place: what they are said to be in, if not the owner.
  package mutating func reportUnknownKeys(_ vocabulary: Vocabulary, in place: @autoclosure () -> String? = nil) {
    acceptedKeys = vocabulary.accepted
    reportOpenLists(acceptedKeys)
    guard hasKey(outside: acceptedKeys) else { return }
    let place = place()
    let elsewhere = vocabulary.elsewhere()
    if let items = vocabulary.items, keys.contains(where: { items.words.contains($0) }) { misplaced.insert(items.key) }
    for key in keys where !bag.isFull && !acceptedKeys.contains(key) {
      guard let entry = entry(key) else { continue }
      if let fault = unsplit(entry, vocabulary, in: place) {
        take(fault)
        continue
      }
      let meant = meant(by: key, vocabulary)
      take(unknown(entry, vocabulary, elsewhere, meant, in: place))
      // `input` may be a shape as well as names.
      if let meant, !has(meant.name), !(meant.isForeign && meant.name == "inputs") {
        readOn(key, as: meant.name, isForeign: meant.isForeign)
      }
    }
  }

  /// The key that another one was meant for: a name of other tools, or a typing error.
  private func meant(by key: String, _ vocabulary: Vocabulary) -> (name: String, isForeign: Bool)? {
    // PyTorch's one key for two, of which the help speaks.
    if key == "betas" { return nil }
    if let name = ForeignNames.meanings(of: key).first(where: vocabulary.keys.contains) { return (name, true) }
    // What is given already may still be meant, as where a `--set` adds a key.
    let free = vocabulary.keys.filter { !has($0) }
    let close = Spelling.closest(to: key, among: free) ?? Spelling.closest(to: key, among: vocabulary.keys)
    return close.map { ($0, false) }
  }

  private func unknown(
    _ entry: YAMLEntry, _ vocabulary: Vocabulary, _ elsewhere: [String: String],
    _ suggestion: (name: String, isForeign: Bool)?, in place: String?
  ) -> DiagnosticBag {
    let key = entry.key
    let close = suggestion?.name
    let foreign = suggestion.flatMap { $0.isForeign ? $0.name : nil }
    var notes: [Diagnostic.Note] = []
    let meant = ([key] + ForeignNames.meanings(of: key)).first { elsewhere[$0] != nil && $0 != foreign }
    if let meant, let other = elsewhere[meant], other != owner, meant == key || close == nil {
      let own = close ?? vocabulary.mainKey
      notes.append(
        Diagnostic.Note("`\(meant)` belongs to `\(other)`" + (own.map { "; `\(owner)` has `\($0)`" } ?? "")))
    }
    var diagnostic = Diagnostic(
      SpecCode.unknownKey, "unknown key `\(key)` in \(place ?? "`\(owner)`")", at: entry.keySpan,
      label: close.map { "did you mean `\($0)`?" } ?? "", notes: notes,
      help: helpAside(entry, vocabulary, meant: meant, close: close) ?? list(vocabulary),
      path: "\(path).\(key)")
    if let close, !has(close) {
      diagnostic.fix = Diagnostic.Fix("rename to \(close)", isSafe: false, edits: [.init(entry.keySpan, text: close)])
    }
    var bag = DiagnosticBag()
    bag.add(diagnostic)
    return bag
  }

  private func list(_ vocabulary: Vocabulary) -> String {
    let owner = owner == "spec" ? "a spec" : "`\(owner)`"
    return vocabulary.keys.isEmpty
      ? "\(owner) takes no keys" : "\(owner) takes \(vocabulary.keys.joined(separator: ", "))"
  }

  /// What to do with a key that belongs to another place; `nil` where the list of keys says more.
  private func helpAside(_ entry: YAMLEntry, _ vocabulary: Vocabulary, meant: String?, close: String?) -> String? {
    let key = entry.key
    let value = entry.value.scalar.map { $0.isQuoted ? "\"\($0.text)\"" : $0.text } ?? "…"
    let isSplit = ["validation_split", "validation"].contains(key) && (path == "$" || path == "$.\(owner)")
    if key == "betas", case .sequence(let both) = entry.value.content, both.count == 2 {
      let texts = both.map { $0.scalar?.text ?? "…" }
      return "write `beta_1: \(texts[0])` and `beta_2: \(texts[1])`"
    }
    if let close, has(close) { return "`\(close)` is there already: leave one of the two out" }
    if close != nil, !isSplit { return nil }
    if KerasInput.keys.contains(key) { return "the input's shape is a key of `model`: `input: [28, 28, 1]`" }
    if ForeignCall.inferred.contains(key) { return "leave it out: it follows from the input" }
    if let items = vocabulary.items, items.words.contains(key) {
      return "write it as an item of `\(items.key)`: `\(items.key): [{\(key): …}]`"
    }
    // An argument of what another key here names: `optimizer: adam` and `lr: 0.01`.
    if let meant, let other = vocabulary.elsewhere()[meant], let node = self.entry(other)?.value {
      if let word = node.scalar?.text {
        let word = ForeignCall(word)?.name ?? word
        let name = OptimizerKind.meant(by: word)?.rawValue ?? LossSpec.LossKind.meant(by: word)?.rawValue ?? word
        return "write `\(other): {\(name): {\(meant): \(value)}}`"
      }
      if case .mapping(let entries) = node.content, entries.count == 1 {
        return "write `\(meant): \(value)` among the arguments of `\(entries[0].key)`"
      }
    }
    if isSplit {
      return "write `split: {validation: \(value)}`" + (vocabulary.keys.contains("split") ? "" : " in `data`")
    }
    if path != "$", SpecSchema.sections.contains(where: { $0.name == key }) {
      return "`\(key)` is a section of its own: begin its line in the first column"
    }
    let section = SpecSchema.sections.first { section in
      guard path == "$" || path == "$.\(owner)", section.name != owner, case .record(let members) = section.schema
      else {
        return false
      }
      return members.contains { $0.name == key }
    }
    if let section { return "`\(key)` is a key of `\(section.name)`" }
    return nil
  }

  /// `units=10` in braces, which for YAML is a key without a value.
  private func unsplit(_ entry: YAMLEntry, _ vocabulary: Vocabulary, in place: String?) -> DiagnosticBag? {
    guard entry.value.isEmpty, let (name, value) = Self.split(entry.key), vocabulary.keys.contains(name) else {
      return nil
    }
    var diagnostic = Diagnostic(
      SpecCode.unknownKey, "unknown key `\(entry.key)` in \(place ?? "`\(owner)`")", at: entry.keySpan,
      label: "write `\(name): \(value)`", help: "a colon and a blank stand between a key and its value",
      path: "\(path).\(name)")
    diagnostic.fix = .init(
      "write \(name): \(value)", isSafe: false, edits: [.init(entry.keySpan, text: "\(name): \(value)")])
    var bag = DiagnosticBag()
    bag.add(diagnostic)
    return bag
  }

  /// A key and a value with a sign of other languages between, or the wide colon of other keyboards.
  static func split(_ text: String) -> (name: String, value: String)? {
    guard let sign = text.firstIndex(where: { "=：".contains($0) }) else { return nil }
    let name = String(text[..<sign].filter { $0 != " " })
    let value = String(text[text.index(after: sign)...].drop { $0 == " " || $0 == ">" })
    return name.isEmpty || value.isEmpty ? nil : (name, value)
  }
}

/// What other tools, and hurried people, call the keys of this language.
package enum ForeignNames {
  package static func meanings(of key: String) -> [String] { table[key.lowercased()] ?? [] }

  private static let table: [String: [String]] = [
    "num_filters": ["filters"], "out_channels": ["filters", "units"], "channels": ["filters"], "nfilters": ["filters"],
    "output_channels": ["filters"], "num_output": ["filters", "units"],
    "units": ["units", "filters"], "neurons": ["units"], "nodes": ["units"], "out_features": ["units"],
    "num_units": ["units"], "size": ["kernel_size", "pool_size", "units"], "filters": ["filters", "units"],
    "kernel": ["kernel_size", "pool_size"], "kernel_size": ["kernel_size", "pool_size"], "k": ["kernel_size"],
    "ksize": ["kernel_size", "pool_size"], "pool": ["pool_size"], "pool_size": ["pool_size", "kernel_size"],
    "window": ["pool_size"], "stride": ["strides"], "pad": ["padding"], "dilation": ["dilation_rate"],
    "dilations": ["dilation_rate"], "dilation_rate": ["dilation_rate"], "group": ["groups"], "act": ["activation"],
    "nonlinearity": ["activation"], "function": ["activation"], "bias": ["use_bias"],
    "init": ["kernel_initializer", "depthwise_initializer"],
    "initializer": ["kernel_initializer", "depthwise_initializer"],
    "kernel_initializer": ["kernel_initializer", "depthwise_initializer"],
    "weight_initializer": ["kernel_initializer", "depthwise_initializer"],
    "kernel_regularizer": ["kernel_regularizer", "depthwise_regularizer"],
    "regularizer": ["kernel_regularizer", "depthwise_regularizer"], "multiplier": ["depth_multiplier"],
    "channel_multiplier": ["depth_multiplier"], "crop": ["cropping"], "factor": ["size"], "scale_factor": ["size"],
    "mode": ["interpolation"], "method": ["interpolation"], "keep_dims": ["keepdims"], "keepdim": ["keepdims"],
    "perm": ["dims"], "permutation": ["dims"], "axes": ["dims"], "p": ["rate"], "prob": ["rate"],
    "probability": ["rate"],
    "keep_prob": ["rate"], "eps": ["epsilon"], "alpha": ["negative_slope"], "affine": ["scale"], "dim": ["axis"],
    "id": ["name"], "input": ["inputs", "input"], "from": ["inputs"], "inbound_nodes": ["inputs"],
    "frozen": ["trainable"],
    "lr": ["learning_rate"], "learningrate": ["learning_rate"], "beta1": ["beta_1"], "beta": ["delta"],
    "beta2": ["beta_2"],
    "wd": ["weight_decay"], "l2": ["weight_decay"], "clip_norm": ["clipnorm"],
    "max_norm": ["clipnorm"], "max_grad_norm": ["global_clipnorm"], "clip_value": ["clipvalue"],
    "grad_clip": ["clipnorm"], "gradient_clip": ["clipnorm"], "ema": ["use_ema"],
    "accumulate_grad_batches": ["gradient_accumulation_steps"], "accumulation_steps": ["gradient_accumulation_steps"],
    "decay": ["decay_rate"], "t_0": ["first_decay_steps"], "t_max": ["decay_steps"],
    "gamma": ["decay_rate"], "eta_min": ["end_learning_rate"], "warm_up": ["warmup"], "smoothing": ["label_smoothing"],
    "class_weights": ["class_weight"], "threshold": ["thresholds"], "opt": ["optimizer"], "optim": ["optimizer"],
    "criterion": ["loss"],
    "batchsize": ["batch_size"],
    "batch": ["batch_size"], "bs": ["batch_size"], "num_epochs": ["epochs"], "epoch": ["epochs"],
    "iterations": ["epochs"],
    "count": ["times"], "n": ["times"], "repeats": ["times"], "number": ["times"],
    "params": ["total_params", "parameters"],
    "parameters": ["total_params", "parameters"], "acc": ["accuracy"], "val_acc": ["val_accuracy"],
    "test_acc": ["test_accuracy"], "memory": ["max_memory"], "seconds": ["max_seconds"], "time": ["max_seconds"],
    "version": ["cnnrun"], "branch": ["layers", "paths"], "main": ["layers"], "skip": ["shortcut"],
    "projection": ["shortcut"], "body": ["layers"],
    "random_seed": ["seed"], "metric": ["metrics"], "weights": ["initial_weights"], "pretrained": ["initial_weights"],
    "validation_split": ["validation"], "val": ["validation"], "valid": ["validation"], "dev": ["validation"],
    "training": ["train", "training"], "train": ["train", "training"], "testing": ["test"],
    "dataset": ["data", "source"], "path": ["source", "from"], "file": ["from"],
    "classes": ["class_names"], "labels": ["labels", "class_names"], "names": ["class_names"],
    "scale": ["scale", "rescale"],
    "normalize": ["rescale"], "target_size": ["image_size"], "img_size": ["image_size"], "stratified": ["stratify"],
    "input_shape": ["input"], "shape": ["target_shape", "input"], "architecture": ["model"],
    "network": ["model"], "net": ["model"], "fit": ["training"], "compile": ["training"], "expectations": ["expect"],
  ]
}
