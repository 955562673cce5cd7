import CNNGraph
import Testing

@Suite("Window geometry")
struct WindowGeometryTests {
  @Test(
    "same padding of well-known layers puts the odd pixel last",
    arguments: [
      // (size, window, stride), outputs and padding before and after, by hand from Keras's formula.
      (27, 3, 2, 14, 1, 1), (28, 3, 2, 14, 0, 1), (224, 7, 2, 112, 2, 3), (28, 4, 1, 28, 1, 2), (5, 1, 3, 2, 0, 0),
      (1, 5, 1, 1, 2, 2), (7, 2, 2, 4, 0, 1),
    ])
  func handValues(_ size: Int, _ window: Int, _ stride: Int, _ outputs: Int, _ before: Int, _ after: Int) throws {
    let geometry = try #require(WindowGeometry(size: size, window: window, stride: stride, padding: .same))
    #expect(geometry.output == outputs)
    #expect(geometry.paddingBefore == before)
    #expect(max(0, (outputs - 1) * stride + window - size - before) == after)
  }

  @Test("valid windows stand where they fit, and are refused where they do not")
  func valid() {
    #expect(WindowGeometry(size: 28, window: 5, stride: 1, padding: .valid)?.output == 24)
    #expect(WindowGeometry(size: 7, window: 2, stride: 2, padding: .valid)?.output == 3)
    #expect(WindowGeometry(size: 7, window: 3, stride: 1, dilation: 3, padding: .valid)?.output == 1)
    #expect(WindowGeometry(size: 6, window: 3, stride: 1, dilation: 3, padding: .valid) == nil)
    #expect(WindowGeometry(size: 2, window: 3, stride: 1, padding: .valid) == nil)
  }

  @Test("taps and outputs are those found one by one", arguments: 1...12, 1...5)
  func bruteForce(_ size: Int, _ window: Int) {
    for stride in 1...4 {
      for dilation in 1...3 {
        for padding in Padding.allCases {
          guard
            let geometry = WindowGeometry(
              size: size, window: window, stride: stride, dilation: dilation, padding: padding)
          else {
            #expect(padding == .valid && dilation * (window - 1) >= size)
            continue
          }
          let text: Comment = "size \(size), window \(window), stride \(stride), dilation \(dilation), \(padding)"
          // Valid: as many as fit one after the other. Same: as many as strides begin within the input.
          let expected =
            switch padding {
            case .valid: (0..<size).filter { $0 % stride == 0 && $0 + dilation * (window - 1) < size }.count
            case .same: (0..<size).filter { $0 % stride == 0 }.count
            }
          #expect(geometry.output == expected, text)
          let after = (expected - 1) * stride + dilation * (window - 1) + 1 - size - geometry.paddingBefore
          if padding == .same {
            #expect(geometry.paddingBefore >= 0, text)
            #expect(after <= 0 || (0...1).contains(after - geometry.paddingBefore), text)
          } else {
            #expect(geometry.paddingBefore == 0 && after <= 0, text)
          }
          func isReal(_ output: Int, _ tap: Int) -> Bool {
            (0..<size).contains(output * stride + tap * dilation - geometry.paddingBefore)
          }
          for output in 0..<expected {
            let taps = (0..<window).filter { isReal(output, $0) }
            #expect(Array(geometry.taps(at: output)) == taps, text)
          }
          for tap in 0..<window {
            let outputs = (0..<expected).filter { isReal($0, tap) }
            #expect(Array(geometry.outputs(for: tap)) == outputs, text)
          }
        }
      }
    }
  }
}
