import CNNRunKit

/// Trains the network of a spec on the spec's own data, saves what it learnt, and asks it about a digit drawn below.
///
///     swift run -c release cnnrun-example Specs/digits.yaml digits.safetensors
@main struct Example {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard let spec = arguments.first, let file = arguments.dropFirst().first, arguments.count == 2 else {
      return print("usage: cnnrun-example SPEC WEIGHTS.safetensors")
    }
    do throws(NetworkError) { try run(spec: spec, file: file) } catch { tell(error) }
  }

  private static func run(spec: String, file: String) throws(NetworkError) {
    let network = try Network(contentsOf: spec)
    print("\(network.name): \(network.inputShape) to \(network.outputShape), \(network.parameterCount) parameters")
    let trained = try network.train { epoch in
      print("epoch \(epoch.number): \(epoch.values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
      return true
    }
    try trained.save(to: file)

    let again = try TrainedNetwork(contentsOf: file)
    for prediction in try again.predict(zero) {
      print("the drawing is a \(prediction.className), with a confidence of \(prediction.confidence)")
    }
  }

  /// 8x8 pixels of 0 to 16, as the digits have them: blanks are 0, `+` is 8, `#` is 16.
  private static let zero: [Float] = [
    "  +##+  ",
    "  #++#  ",
    " +#  #+ ",
    " +#  ## ",
    " +#  ## ",
    " +#  #+ ",
    "  #++#  ",
    "  +##   ",
  ].joined().map { $0 == "#" ? 16 : $0 == "+" ? 8 : 0 }

  /// Says what is wrong with the spec, line by line, or with everything else.
  private static func tell(_ error: NetworkError) {
    switch error {
    case .spec(let faults):
      for fault in faults { print("\(fault.code) \(fault)" + (fault.help.map { "\n  help: \($0)" } ?? "")) }
    case .data(let fault): print("\(fault.code) \(fault)")
    case .memory(let shortage):
      print(
        shortage, shortage.largestBatch.map { "a batch of \($0) fits" } ?? "not even one image fits", separator: "; ")
    case .file(let message), .samples(let message), .unsupported(let message), .run(let message): print(message)
    }
  }
}
