internal import CNNGraph
internal import CNNLayers
internal import CNNModel

/// The texts of a model's header and source.
struct CModelText {
  let name, fileName: String
  let model: TrainedModel
  let graph: Graph
  /// Floats of the arena.
  let arenaCount: Int

  /// One an output, or two of one output, as `predict` calls them; none where none have names.
  private var classNames: [String] {
    let (names, width) = (model.classNames, outputExtents.reduce(1, *))
    return names.isEmpty ? [] : (0..<max(2, width)).map { $0 < names.count ? names[$0] : "class \($0)" }
  }

  private var macro: String { name.uppercased() }
  private var inputExtents: [Int] { model.spec.model.inputType.extents }
  private var outputExtents: [Int] { model.spec.model.outputType.extents }
  private var title: String { CText.comment(model.spec.model.name) }

  // MARK: Header

  var header: String {
    """
    /* \(title), a network exported by cnnrun: what it takes, and what it gives.

       Build \(fileName).c as C99 or later and link with -lm. `-O3 -march=native -ffp-contract=fast` makes it fast; no
       result needs -ffast-math. */
    #ifndef \(macro)_MODEL_H
    #define \(macro)_MODEL_H

    #include <stddef.h>

    #ifdef __cplusplus
    extern "C" {
    #endif

    \(sizes)

    /* \(inputText)
       \(outputText)

       Returns 0, or 1 without having done anything if a pointer is NULL. The two arrays may not overlap. Values
       between the layers lie in a static array, so that only one call at a time may run; \(name)_predict_in
       has no such limit. */
    int \(name)_predict(const float *input, float *output);

    /* The same with \(macro)_ARENA_SIZE floats of yours to work in: calls with arenas of their own may run at
       the same time. The arena's contents need not be set, and mean nothing afterwards. */
    int \(name)_predict_in(float *arena, const float *input, float *output);

    #ifdef __cplusplus
    }
    #endif

    #endif

    """
  }

  private var sizes: String {
    var lines: [String] = []
    func define(_ suffix: String, _ value: Int) { lines.append("#define \(macro)_\(suffix) \(value)") }
    if inputExtents.count == 3 {
      define("INPUT_HEIGHT", inputExtents[0])
      define("INPUT_WIDTH", inputExtents[1])
      define("INPUT_CHANNELS", inputExtents[2])
    }
    define("INPUT_SIZE", inputExtents.reduce(1, *))
    define("OUTPUT_SIZE", outputExtents.reduce(1, *))
    define("ARENA_SIZE", max(1, arenaCount))
    define("CLASS_COUNT", classNames.count)
    if !classNames.isEmpty {
      let isOfTwo = outputExtents.reduce(1, *) == 1
      lines += [
        "",
        isOfTwo
          ? "/* The names of the two classes; the output is the probability of the second. */"
          : "/* The names of the outputs, in their order. */",
      ]
      lines.append("extern const char *const \(name)_classes[\(macro)_CLASS_COUNT];")
    }
    return lines.joined(separator: "\n")
  }

  private var inputText: String {
    let shape = CText.shape(inputExtents)
    let order = inputExtents.count == 3 ? " (rows, columns, channels; the last one varies fastest)" : ""
    let scale = model.spec.data?.rescale.map {
      "\n   as they are stored: they are multiplied by \(Float($0.value)) within"
    }
    return "Takes \(macro)_INPUT_SIZE values \(shape)\(order)\(scale ?? ",\n   as the training data has them")."
  }

  private var outputText: String {
    let isSoftmax = graph.nodes.last { $0.results.contains(graph.outputs[0]) }?.operation is SoftmaxOperation
    let what = isSoftmax ? "probabilities, which add up to 1," : "values"
    return "Gives \(macro)_OUTPUT_SIZE \(what) \(CText.shape(outputExtents))."
  }

  // MARK: Source

  /// What stands before the functions.
  var preamble: String {
    """
    /* \(title), a network exported by cnnrun; see \(fileName).h. */
    #include "\(fileName).h"

    #include <math.h>
    #include <stddef.h>
    #include <string.h>

    /* What the layers do. Images are [rows][columns][channels]; arrays of one call do not overlap, but for those that
       are only read. */


    """
  }

  func body(_ builder: CBuilder, _ arena: CArena) -> [UInt8] {
    var bytes: [UInt8] = []
    func add(_ text: String) { bytes += text.utf8 }
    if !builder.constants.isEmpty { add("/* What the network has learnt. */\n\n") }
    for constant in builder.constants { constant.append(to: &bytes) }
    if !classNames.isEmpty {
      add("const char *const \(name)_classes[\(macro)_CLASS_COUNT] = {\n")
      add(CText.wrapped(classNames.map(CText.string), indent: "    ") + "};\n\n")
    }
    add(
      """
      int \(name)_predict_in(float *arena, const float *input, float *output)
      {
        if (arena == NULL || input == NULL || output == NULL) return 1;


      """)
    for step in builder.steps where !step.lines.isEmpty { add(step.text(arena) + "\n\n") }
    add(
      """
        return 0;
      }

      int \(name)_predict(const float *input, float *output)
      {
        static float arena[\(macro)_ARENA_SIZE];
        return \(name)_predict_in(arena, input, output);
      }

      """)
    return bytes
  }
}

extension CStep {
  func text(_ arena: CArena) -> String {
    let pointers = places.map { "  float *const \($0.name) = arena + \(arena.offsets[$0.name] ?? 0);" }
    return (["  /* \(CText.comment(title)) */"] + pointers + lines).joined(separator: "\n")
  }
}

extension CConstant {
  func append(to bytes: inout [UInt8]) {
    let size = tail > 0 ? "\(values.count) + \(tail)" : "\(values.count)"
    bytes += "/* \(CText.shape(extents)) */\nstatic const float \(name)[\(size)] = {".utf8
    var width = Int.max
    for value in values {
      let text = CText.literal(value).utf8
      let isFull = width > 108 - text.count
      bytes += (isFull ? "\n    " : " ").utf8
      width = isFull ? 4 : width + 1
      bytes += text
      bytes.append(UInt8(ascii: ","))
      width += text.count + 1
    }
    bytes += "\n};\n\n".utf8
  }
}
