internal import CNNDiagnostics
internal import CNNGraph
internal import CNNKernels

extension Plan: CustomStringConvertible {
  /// The plan as text, the same for the same spec and instruction set: forks and their steps with operands, shapes,
  /// kernel and work, then every buffer with place and lifetime, then what memory it takes.
  package var description: String {
    var lines = [
      "plan for \(purpose.rawValue): batch \(decomposition.batch) in \(decomposition.pieces) "
        + (decomposition.pieces == 1 ? "piece" : "pieces of at most \(decomposition.imagesPerPiece)")
        + ", \(instructionSet) kernels", "",
    ]
    for (index, group) in groups.enumerated() {
      lines.append("fork \(index + 1): \(group.text)")
      for step in group.steps { lines.append("  \(pad("\(step)", 4))\(text(of: steps[step]))") }
    }
    lines += ["", "buffers                              offset        bytes   steps"]
    for region in [Region.outputs, .shared, .block] {
      let members = buffers.filter { $0.slot.region == region }.sorted {
        ($0.lifetime.lowerBound, $0.slot.offset) < ($1.lifetime.lowerBound, $1.slot.offset)
      }
      if members.isEmpty { continue }
      lines.append(region.heading(self))
      for buffer in members {
        lines.append(
          "  \(pad("\(buffer.name) \(buffer.type)", 34)) \(leftPad(buffer.slot.offset.grouped, 10)) "
            + "\(leftPad(buffer.byteCount.grouped, 12))   \(buffer.lifetime.lowerBound)…\(buffer.lifetime.upperBound)")
      }
    }
    lines += [""] + memoryLines
    return lines.joined(separator: "\n") + "\n"
  }

  private var memoryLines: [String] {
    let pieces = decomposition.pieces
    var lines: [String] = []
    func line(_ name: String, _ bytes: Int, _ note: String = "") {
      if bytes > 0 { lines.append("\(pad(name, 24))\(leftPad(bytes.grouped, 12)) bytes\(note)") }
    }
    line("weights", sizes.parameters)
    line("optimizer", sizes.optimizer)
    line(
      "gradients", sizes.gradients * pieces,
      pieces > 1 ? "  \(sizes.gradients.grouped) for each of \(pieces) pieces" : "")
    line("shared values", sizes.shared, reuse(sizes.shared, sizes.sharedWithoutReuse))
    line("outputs", sizes.outputs)
    let owner = blocksArePerWorker ? "each worker" : "each piece"
    line("a block for \(owner)", sizes.block, reuse(sizes.block, sizes.blockWithoutReuse))
    line("workspace", sizes.workspace, "  for each worker")
    let unshared =
      (sizes.blockWithoutReuse - sizes.block) * (blocksArePerWorker ? 1 : pieces) + sizes.sharedWithoutReuse
      - sizes.shared
    let total = byteCount(workers: 1)
    line(
      "arena, one worker", total,
      "  of \((total + unshared).grouped) without reuse; each further worker adds "
        + "\((byteCount(workers: 2) - total).grouped)")
    return lines
  }

  private func reuse(_ bytes: Int, _ without: Int) -> String {
    guard without > 0 else { return "" }
    return "  of \(without.grouped) without reuse (\(bytes * 100 / without)%)"
  }

  private func text(of step: Step) -> String {
    let kernel = pad(step.kernel, 34)
    guard let id = step.node else { return kernel.trimmedEnd }
    let node = graph.nodes[id.index]
    let operands = node.operands.map(graph.text(of:)).joined(separator: ", ")
    let results = node.results.map { "\($0) \(graph[$0].type)" }.joined(separator: ", ")
    let cost = graph.cost(of: node)
    let work = cost.flops > 0 ? "  \(cost.flops.grouped) FLOPs an image" : ""
    return "\(kernel)\(results) = \(node.operation.name) \(operands)\(node.operation.attributeText)\(work)"
  }
}

extension Plan.Group {
  fileprivate var text: String {
    switch self {
    case .images: "each piece of the batch through"
    case .parallel(let steps): steps.count == 1 ? "by one worker" : "\(steps.count) tasks at once"
    case .tiles(_, let count): count == 1 ? "in 1 tile" : "in \(count) tiles"
    }
  }
}

extension Region {
  fileprivate func heading(_ plan: Plan) -> String {
    switch self {
    case .outputs: "outputs, in the order of the batch"
    case .shared: "shared by all workers"
    case .block:
      "block, one for \(plan.blocksArePerWorker ? "each worker" : "each piece"), \(plan.decomposition.imagesPerPiece) images"
    case .parameters, .gradients, .optimizer, .workspace: rawValue
    }
  }
}

private func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

private func leftPad(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

extension String {
  fileprivate var trimmedEnd: String {
    var copy = self
    while copy.last == " " { copy.removeLast() }
    return copy
  }
}
