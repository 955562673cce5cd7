internal import CNNDiagnostics

/// This program's version, for `--version` and for the files that it writes.
package let cnnrunVersion = "0.1.0"

/// What a run was made with: `environment.json`.
///
/// The same version, processor kind and seed give the same weights for any number of threads; the fingerprint of the
/// spec shows whether it was the same spec.
package struct Environment: Sendable, Equatable {
  package var host: HostSystem
  /// The instruction set of the kernels, the word that `CNNRUN_ISA` takes, such as `avx2`.
  package var instructionSet: String
  package var threads: Int
  package var seed: UInt64
  /// Of the bytes of `spec.yaml`.
  package var specFingerprint: String

  package init(
    host: HostSystem = .current(), instructionSet: String, threads: Int, seed: UInt64, spec: [UInt8]
  ) {
    self.host = host
    self.instructionSet = instructionSet
    self.threads = threads
    self.seed = seed
    specFingerprint = Fingerprint.text(of: spec)
  }

  var json: JSONText {
    .object([
      "format_version": .int(1),
      "cnnrun_version": .string(cnnrunVersion),
      "os": .string(host.operatingSystem),
      "cpu": .string(host.processor),
      "instruction_set": .string(instructionSet),
      "threads": .int(threads),
      // As text: readers of JSON may keep only 53 bits of a number.
      "seed": .string(String(seed)),
      "spec": .string(specFingerprint),
    ])
  }
}
