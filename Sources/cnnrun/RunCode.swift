import CNNDiagnostics
import CNNSpec
import CNNTraining

/// Faults that show only when the spec, the data or the files that it names are opened.
enum RunCode {
  static let unreadableSpec = DiagnosticCode("CN1007", "unreadable-file")

  static let explanations = [
    CodeExplanation(
      unreadableSpec, summary: "the spec cannot be opened or read",
      explanation:
        "There is no such file, it may not be read, or it is a folder or a device. Nothing is known of the spec then, and the exit status is 2.",
      wrong: "", right: ""),
    CodeExplanation(
      SpecCode.unusableData, summary: "the data that the spec names cannot be had, or does not fit the model",
      explanation:
        "The files are missing or damaged, a slice reaches beyond what there is, or samples have another shape than the model's input. `validate --check-data` looks before a run does.",
      wrong: "", right: ""),
    CodeExplanation(
      SpecCode.unusableFile, summary: "a file that the spec names cannot be used",
      explanation:
        "`initial_weights` must be a file with a tensor of the right shape for each weight: safetensors, or one that Keras saved, `.keras` or `.weights.h5`. With `{from: FILE, skip_mismatch: true}` it is enough that some layers fit.",
      wrong: "", right: ""),
  ]
}
