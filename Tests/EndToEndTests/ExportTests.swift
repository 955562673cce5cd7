import CNNTestSupport
import Foundation
import Testing

@Suite("export") struct ExportTests {
  private func trained() throws -> TinySpec {
    let tiny = try TinySpec(epochs: 2)
    #expect(try tiny.run("tiny.yaml", "-q", "--out", "run").status == 0)
    return tiny
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  @Test("a line a file: where it is, who read it back, how far its outputs are from ours") func table() throws {
    let tiny = try trained()
    let outcome = try tiny.run("export", "run", "--to", "onnx,safetensors,npz")
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
    for file in ["run/export/model.onnx", "run/export/model.safetensors", "run/export/model.npz"] {
      #expect(outcome.output.contains(file) && tiny.exists(file))
    }
    #expect(outcome.output.contains("Checked on 16 samples of the test data"), "\(outcome.output)")
    // Nothing but what was asked for.
    #expect(try FileManager.default.contentsOfDirectory(atPath: tiny.path("run/export")).count == 3)
  }

  @Test("--json says the same") func json() throws {
    let tiny = try trained()
    let outcome = try tiny.run("export", "run", "--to", "npz,onnx", "--json", "--weights", "last")
    let files = try #require(try object(outcome.output)["files"] as? [[String: Any]])
    #expect(files.map { $0["format"] as? String } == ["npz", "onnx"])
    for file in files {
      let difference = try #require(file["largest_difference"] as? Double)
      #expect(difference <= 1e-5)
      #expect((file["bytes"] as? Int) == (try tiny.data(try #require(file["path"] as? String)).count))
    }
    #expect((try object(outcome.output)["samples"] as? [String: Any])?["kind"] as? String == "data")
  }

  @Test("nothing is replaced unless told so, and never what the model comes from") func places() throws {
    let tiny = try trained()
    #expect(try tiny.run("export", "run", "--to", "npz", "--out", "here.npz").status == 0)
    let before = try tiny.data("here.npz")
    let refused = try tiny.run("export", "run", "--to", "onnx", "--out", "here.npz")
    #expect(refused.status == 2 && refused.error.contains("'here.npz' is there already"))
    #expect(refused.error.contains("--overwrite"))
    #expect(try tiny.data("here.npz") == before)
    #expect(try tiny.run("export", "run", "--to", "onnx", "--out", "here.npz", "--overwrite").status == 0)
    #expect(try tiny.data("here.npz") != before)
    // Beside the file of weights, and never in its place.
    let weights = try tiny.data("run/weights/best.safetensors")
    #expect(try tiny.run("export", "run/weights/best.safetensors", "--to", "npz").status == 0)
    #expect(tiny.exists("run/weights/model.npz"))
    let own = try tiny.run(
      "export", "run/weights/best.safetensors", "--to", "safetensors", "--out", "run/weights/best.safetensors",
      "--overwrite")
    #expect(own.status == 2 && own.error.contains("comes from"))
    #expect(try tiny.data("run/weights/best.safetensors") == weights)
    // A link is not what was meant to be replaced.
    try FileManager.default.createSymbolicLink(atPath: tiny.path("link"), withDestinationPath: "nowhere")
    for more in [[], ["--overwrite"]] {
      let link = try Command.run(
        ["export", "run", "--to", "npz", "--out", "link"] + more, directory: tiny.folder.url)
      #expect(link.status == 2 && link.error.contains("'link'"), "\(link.error)")
    }
    // Several files need a folder, which is made.
    #expect(try tiny.run("export", "run", "--to", "npz,onnx", "--out", "here.npz", "--overwrite").status == 2)
    #expect(try tiny.run("export", "run", "--to", "npz,onnx", "--out", "a/b").status == 0)
    #expect(tiny.exists("a/b/model.npz") && tiny.exists("a/b/model.onnx"))
  }

  @Test("without the data, random values of its range are taken, and that is said") func noData() throws {
    let tiny = try trained()
    try FileManager.default.removeItem(atPath: tiny.path("images"))
    let outcome = try tiny.run("export", "run", "--to", "onnx")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("64 samples of random values from 0 to 255, since"), "\(outcome.output)")
    // A file of weights alone, anywhere.
    try FileManager.default.moveItem(
      atPath: tiny.path("run/weights/best.safetensors"), toPath: tiny.path("mine.safetensors"))
    let alone = try tiny.run("export", "mine.safetensors", "--to", "onnx", "--opset", "13", "--onnx-layout", "nchw")
    #expect(alone.status == 0 && tiny.exists("model.onnx"))
  }

  @Test("what is wrong is told before any work") func usage() throws {
    let tiny = try trained()
    for (arguments, text) in [
      (["run", "--to", "onxx"], "'onxx'"), (["run", "--to", "onnx,"], "''"), (["run"], "--to"),
      (["run", "--to", "onnx", "--opset", "12"], "13 to 21"),
      (["run", "--to", "onnx", "--onnx-layout", "chwn"], "nhwc"),
      (["run", "--to", "onnx", "--weights", "first"], "best"),
      (["run", "--to", "onnx", "--spec", "nowhere.yaml"], "nowhere.yaml"),
      (["tiny.yaml", "--to", "onnx"], "cnnrun run tiny.yaml"),
      (["nothing", "--to", "onnx"], "there is no run and no file 'nothing'"),
      (["run", "--to", "onnx,npz", "--out", "a.onnx"], "a.onnx"),
    ] {
      let outcome = try Command.run(["export"] + arguments, directory: tiny.folder.url)
      #expect(outcome.status == 2 && outcome.error.contains(text), "\(arguments): \(outcome.error)")
    }
    let images = try tiny.run("export", "images", "--to", "onnx")
    #expect(images.status == 3 && images.error.contains("'images'"), "\(images.error)")
    #expect(!tiny.exists("run/export"))
  }

  @Test("numpy reads the npz, and finds what the safetensors file holds") func numpy() throws {
    let tiny = try trained()
    #expect(try tiny.run("export", "run", "--to", "npz,safetensors", "--out", "e").status == 0)
    let text = try PeerPython.run(
      """
      import json, sys
      import numpy as np
      arrays = np.load(sys.argv[1] + "/model.npz", allow_pickle=False)
      data = open(sys.argv[1] + "/model.safetensors", "rb").read()
      size = int.from_bytes(data[:8], "little")
      header = json.loads(data[8:8 + size])
      header.pop("__metadata__")
      assert set(arrays.files) == set(header), (arrays.files, list(header))
      for name, entry in header.items():
          start, end = entry["data_offsets"]
          values = np.frombuffer(data[8 + size + start:8 + size + end], "<f4").reshape(entry["shape"])
          assert arrays[name].dtype == np.float32 and np.array_equal(arrays[name], values), name
      print("the same", len(header))
      """, arguments: [tiny.path("e")])
    if let text { #expect(text == "the same 7\n", "\(text)") }
  }
}
