import CNNExport
import CNNModel
import CNNTestSupport
import Foundation

/// ONNX Runtime and `onnx.checker`, as the judges of exported models.
enum ONNXPeer {
  struct Verdict {
    let name: String
    /// In proportion to the largest output, if that is above 1.
    let difference: Double
    /// What the checker or the runtime said against the model.
    let complaint: String?
  }

  /// Checks each model, and computes its samples as one batch and the first of them alone.
  ///
  /// - Returns: `nil` where the peer is missing.
  static func verdicts(_ cases: [(trial: TrialModel, options: ExportOptions)]) throws -> [Verdict]? {
    let memory = "/dev/shm"
    let root =
      FileManager.default.isWritableFile(atPath: memory)
      ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    let folder = root.appending(path: "cnnrun-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var list: [[String: Any]] = []
    for (index, (trial, options)) in cases.enumerated() {
      let files = try ExportFormat.onnx.make(trial.model, options)
      try Data(files[0].bytes).write(to: folder.appending(path: "\(index).onnx"))
      let count = trial.trial.samples.count
      try data(trial.trial.values(ofFirst: count)).write(to: folder.appending(path: "\(index).in"))
      try data(trial.trial.outputs(of: trial.model)).write(to: folder.appending(path: "\(index).out"))
      list.append([
        "count": count, "input": trial.model.spec.model.inputType.extents,
        "output": trial.model.spec.model.outputType.extents, "nchw": options.layout == .nchw,
      ])
    }
    try JSONSerialization.data(withJSONObject: list).write(to: folder.appending(path: "cases.json"))
    guard let text = try PeerPython.run(script, arguments: [folder.path]) else { return nil }
    let lines = text.split(separator: "\n")
    guard lines.count == cases.count else {
      return [Verdict(name: "all", difference: .infinity, complaint: text)]
    }
    return zip(cases, lines).map { one, line in
      let difference = Double(line)
      return Verdict(
        name: one.trial.name, difference: difference ?? .infinity, complaint: difference == nil ? String(line) : nil)
    }
  }

  private static func data(_ values: [Float]) -> Data {
    Data(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
  }

  private static let script = """
    import json, os, sys
    import numpy as np
    import onnx, onnxruntime

    folder = sys.argv[1]
    onnxruntime.set_default_logger_severity(3)

    def verdict(index, case):
        path = os.path.join(folder, f"{index}.onnx")
        onnx.checker.check_model(path, full_check=os.path.getsize(path) < 1 << 24)
        x = np.fromfile(os.path.join(folder, f"{index}.in"), "<f4").reshape([-1] + case["input"])
        y = np.fromfile(os.path.join(folder, f"{index}.out"), "<f4").reshape([-1] + case["output"])
        if case["nchw"] and x.ndim == 4: x = x.transpose(0, 3, 1, 2)
        if case["nchw"] and y.ndim == 4: y = y.transpose(0, 3, 1, 2)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        assert [i.name for i in session.get_inputs()] == ["input"]
        assert session.get_inputs()[0].shape == ["batch", *x.shape[1:]]
        assert session.get_outputs()[0].shape == ["batch", *y.shape[1:]]
        worst = 0
        for count in {1, len(x)}:
            found, = session.run(None, {"input": np.ascontiguousarray(x[:count])})
            assert found.shape == y[:count].shape, (found.shape, y[:count].shape)
            scale = max(1, np.abs(y[:count]).max())
            worst = max(worst, float(np.abs(found - y[:count]).max() / scale))
        return worst

    for index, case in enumerate(json.load(open(os.path.join(folder, "cases.json")))):
        try:
            print(verdict(index, case))
        except Exception as error:
            print(type(error).__name__, str(error).replace("\\n", " "))
    """
}
