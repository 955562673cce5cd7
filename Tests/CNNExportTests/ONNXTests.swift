import CNNDiagnostics
import CNNGraph
import CNNLayers
import CNNModel
import CNNSpec
import Foundation
import Testing

@testable import CNNExport

/// Expected values are our own predictions, which the tests of CNNSession hold to Keras; the judge of the exported
/// model is ONNX Runtime. The bound is that of the command.
@Suite("export to ONNX") struct ONNXTests {
  private static let bound = 1e-5

  private func expectGood(_ cases: [(trial: TrialModel, options: ExportOptions)]) throws {
    guard let verdicts = try ONNXPeer.verdicts(cases) else { return }
    for verdict in verdicts {
      #expect(verdict.complaint == nil, "\(verdict.name)")
      #expect(verdict.difference <= Self.bound, "\(verdict.name)")
    }
  }

  /// Not all arguments go together; those that do are most.
  private static let grid = LayerGrid.all.compactMap { TrialModel($0.text, name: $0.name) }

  @Test("every layer kind is in the grid, so that a new one without an exporter is found out") func kinds() {
    var tried: Set<String> = []
    for trial in Self.grid { for layer in trial.model.spec.model.layers { tried.insert(layer.spec.kind) } }
    #expect(Set(LayerCatalog.standard.kinds.map { $0.kind }).subtracting(tried).isEmpty)
    #expect(Self.grid.count > LayerGrid.all.count * 3 / 4)
  }

  @Test("every layer with every argument: ONNX Runtime gives our outputs, for batches of 1 and 5")
  func layers() throws { try expectGood(Self.grid.map { ($0, ExportOptions()) }) }

  @Test("every layer with every argument: what is read back gives our outputs, in any set of operators")
  func readBack() throws {
    for trial in Self.grid {
      let expected = try trial.trial.outputs(of: trial.model)
      for opset in [13, 17, 21] {
        var options = ExportOptions()
        options.opset = opset
        options.layout = opset == 13 ? .nchw : .nhwc
        do throws(ExportError) {
          let export = try CheckedExport(.onnx, of: trial.model, options, trial.trial, expected: expected)
          #expect(export.check.sampleCount == 4, "\(trial.name)")
        } catch {
          Issue.record("\(trial.name), operators \(opset): \(error.message)")
        }
      }
    }
  }

  @Test("every set of operators and both layouts") func opsets() throws {
    let texts = [
      [
        "conv2d: {filters: 8, kernel_size: 3, activation: gelu}", "group_normalization: {groups: 2}", "relu",
        "average_pooling2d: {pool_size: 2, padding: same}", "up_sampling2d: 2", "layer_normalization: {axis: [1, 2]}",
        "flatten", "layer_normalization", "dense: {units: 4, activation: softmax}",
      ],
      [
        "conv2d: {filters: 4, kernel_size: 3, activation: relu6, padding: same}", "batch_normalization",
        "max_pooling2d: 2", "conv2d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same}",
        "relu: {max_value: 1, negative_slope: 0.1}",
      ],
    ]
    let trials = texts.compactMap { TrialModel(LayerGrid.spec([9, 8, 3], $0), name: $0.joined(separator: " | ")) }
    #expect(trials.count == texts.count)
    var cases: [(trial: TrialModel, options: ExportOptions)] = []
    for trial in trials {
      for opset in ExportOptions.opsets {
        for layout in ExportOptions.Layout.allCases {
          var options = ExportOptions()
          options.opset = opset
          options.layout = layout
          cases.append((trial, options))
        }
      }
    }
    try expectGood(cases)
  }

  private static let specs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Specs")

  @Test("all of Specs") func specs() throws {
    var cases: [(trial: TrialModel, options: ExportOptions)] = []
    for folder in [Self.specs, Self.specs.appending(path: "applications")] {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      where name.hasSuffix(".yaml") {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        let isLarge = folder != Self.specs
        let trial = try #require(TrialModel(text, name: name, samples: isLarge ? 1 : 5), "\(name)")
        cases.append((trial, ExportOptions()))
      }
    }
    #expect(cases.count >= 10)
    try expectGood(cases)
  }

  @Test("the same bytes for the same model; names of layers are names of nodes") func bytes() throws {
    let text = LayerGrid.spec([6, 6, 1], ["conv2d: {filters: 2, kernel_size: 3, name: eyes}", "flatten", "dense: 2"])
    let trial = try #require(TrialModel(text, name: "small"))
    let bytes = try ExportFormat.onnx.make(trial.model, ExportOptions())[0].bytes
    #expect(try ExportFormat.onnx.make(trial.model, ExportOptions())[0].bytes == bytes)
    #expect(bytes.contains(Array("eyes/kernel".utf8)))
  }

  @Test("a model that is too long for the format is refused, with what to do") func tooLong() throws {
    let text = LayerGrid.spec([6, 6, 1], ["conv2d: {filters: 2, kernel_size: 3}", "flatten", "dense: 2"])
    let trial = try #require(TrialModel(text, name: "small"))
    let model = try ONNXModel(trial.model, ExportOptions())
    let count = try model.encoded().count
    let error = #expect(throws: ExportError.self) { try model.encoded(limit: count - 1) }
    #expect(error?.help?.contains("safetensors") == true)
  }

  @Test("a file that is cut off is found out") func cutOff() throws {
    let text = LayerGrid.spec([4, 4, 1], ["conv2d: {filters: 2, kernel_size: 3}", "flatten", "dense: 2"])
    let trial = try #require(TrialModel(text, name: "small"))
    let bytes = try ExportFormat.onnx.make(trial.model, ExportOptions())[0].bytes
    for length in stride(from: 0, to: bytes.count, by: 3) {
      let file = ExportedFile(name: "model.onnx", bytes: Array(bytes.prefix(length)))
      #expect(throws: ExportError.self) {
        try ExportFormat.onnx.readBack([file], trial.model, trial.trial, ExportOptions())
      }
    }
  }
}
