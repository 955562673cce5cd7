import CKernels
import Testing

@Suite("Convolutions with lanes along pixels and outputs")
struct FlatTests {
  /// Periods of one vector and of many, windows of one vector and of several, strides with and without gaps, dilation,
  /// padding on one side alone and beyond the window, rows and columns that no window reads, rows too long for a band,
  /// images of several bands, and bands of several images.
  static var cases: [ConvolutionCase] {
    var cases: [ConvolutionCase] = []
    var seed: UInt64 = 100
    func add(
      _ size: (Int32, Int32), _ c: Int32, _ n: Int32, _ kernel: (Int32, Int32), _ stride: (Int32, Int32),
      _ dilation: (Int32, Int32) = (1, 1), pad: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0), images: Int = 2
    ) {
      seed += 1
      cases.append(
        ConvolutionCase(
          size, c: c, n: n, kernel: kernel, stride: stride, dilation: dilation, pad: pad, seed: seed, images: images))
    }
    for n in [8, 9, 10, 12, 15, 16, 17, 24, 31, 32, 33, 40, 100] as [Int32] {
      for c in 1...3 as ClosedRange<Int32> {
        add((7, 9), c, n, (3, 3), (1, 1), pad: (1, 1, 1, 1))
        add((8, 11), c, n, (3, 3), (2, 2), pad: (0, 1, 0, 1))
        add((6, 10), c, n, (1, 1), (1, 1))
        add((9, 12), c, n, (1, 1), (2, 2))
      }
      add((11, 13), 1, n, (5, 5), (1, 1), pad: (2, 2, 2, 2))
      add((6, 8), 7, n, (2, 3), (1, 1), pad: (0, 1, 1, 1))
    }
    for (c, n) in [(1, 8), (2, 10), (3, 17), (2, 48)] as [(Int32, Int32)] {
      add((13, 10), c, n, (5, 3), (2, 1), pad: (2, 1, 1, 1))
      add((12, 14), c, n, (3, 3), (1, 1), (2, 3), pad: (2, 2, 3, 3))
      add((14, 17), c, n, (3, 3), (2, 2), (2, 1), pad: (1, 1, 0, 0))
      add((13, 16), c, n, (2, 2), (3, 2))
      add((5, 40), c, n, (1, 7), (1, 1), pad: (0, 0, 3, 3))
      add((40, 5), c, n, (7, 1), (1, 1), pad: (3, 3, 0, 0))
      add((1, 1), c, n, (3, 3), (1, 1), pad: (1, 1, 1, 1), images: 3)
      add((2, 3), c, n, (5, 5), (1, 1), pad: (2, 2, 2, 2), images: 3)
      add((3, 4), c, n, (2, 2), (1, 1), pad: (3, 3, 3, 3), images: 1)
      add((9, 60), c, n, (2, 33), (1, 1), images: 1)
    }
    add((90, 100), 1, 8, (3, 3), (1, 1), pad: (1, 1, 1, 1), images: 1)
    add((91, 99), 3, 17, (3, 3), (2, 2), pad: (1, 0, 1, 0), images: 1)
    add((5, 70), 1, 300, (3, 3), (1, 1), pad: (1, 1, 1, 1), images: 1)
    add((3, 300), 1, 40, (3, 3), (1, 1), pad: (1, 1, 1, 1))
    add((4, 380), 2, 300, (1, 3), (2, 2), pad: (0, 0, 1, 1), images: 1)
    add((7, 9), 1, 17, (3, 3), (1, 1), pad: (1, 1, 1, 1), images: 11)
    add((5, 4), 3, 64, (3, 3), (2, 2), pad: (0, 1, 0, 1), images: 131)
    return cases
  }

  @Test("outputs, whole and in bands, through the caches and past them", arguments: InstructionSet.all)
  func forward(_ set: InstructionSet) {
    for item in Self.cases {
      let rows = item.shape.out_h
      let y = item.forward(set, bands: [0, rows])
      item.expectOutputs(y)
      let banded = item.forward(set, bands: [0, rows / 3, rows / 2, rows], pastCaches: 1)
      #expect(banded.bits == y.bits && banded.isIntactBefore, "\(item)")
    }
  }

  @Test("gradients of inputs and filters", arguments: InstructionSet.all)
  func backward(_ set: InstructionSet) {
    for item in Self.cases {
      let found = item.backward(set)
      item.expectGradients(found)
      #expect(item.backward(set, wantsKernel: false).dx.bits == found.dx.bits, "\(item)")
      #expect(item.backward(set, wantsInput: false).dw.bits == found.dw.bits, "\(item)")
      // The bias's and the filter's without each other.
      #expect(item.backward(set, wantsBias: false).dw.bits == found.dw.bits, "\(item)")
      for wantsInput in [true, false] {
        let alone = item.backward(set, wantsInput: wantsInput, wantsKernel: false, wantsBias: true)
        #expect(alone.dBias.bits == found.dBias.bits, "\(item)")
      }
    }
  }

  @Test("vector instruction sets agree bit for bit", .enabled(if: InstructionSet.vector.count > 1))
  func agreement() {
    for item in Self.cases {
      let outputs = InstructionSet.vector.map { item.forward($0, bands: [0, item.shape.out_h]).bits }
      let gradients = InstructionSet.vector.map { item.backward($0) }
      #expect(outputs.allSatisfy { $0 == outputs[0] }, "\(item)")
      #expect(gradients.allSatisfy { $0.dx.bits == gradients[0].dx.bits }, "\(item)")
      #expect(gradients.allSatisfy { $0.dw.bits == gradients[0].dw.bits }, "\(item)")
      #expect(gradients.allSatisfy { $0.dBias.bits == gradients[0].dBias.bits }, "\(item)")
    }
  }
}

extension ConvolutionCase {
  /// Filled with NaN, so that nothing is read before it is written.
  private var scratch: Guarded<Float> {
    var shape = shape
    return Guarded(count: Int(unsafe ck_flat_scratch(&shape)), repeating: .nan)
  }

  /// The filter by inputs, `[c][taps reversed][n]`.
  private var byInput: Guarded<Float> {
    let (c, n, taps) = (Int(shape.c), Int(shape.n), Int(shape.kernel_h * shape.kernel_w))
    return Guarded(
      (0..<c).flatMap { input in
        (0..<taps).flatMap { tap in (0..<n).map { w[((taps - 1 - tap) * c + input) * n + $0] } }
      })
  }

  fileprivate func forward(_ set: InstructionSet, bands: [Int32], pastCaches: Int32 = 0) -> Guarded<Float> {
    let y = Guarded<Float>(count: dy.count, repeating: 9)
    var shape = shape
    for (first, end) in zip(bands, bands.dropFirst()) {
      let scratch = scratch
      unsafe set.kernels.flat_forward(
        &shape, Int32(images), x.start, w.start, bias.start, CK_RELU, first, end, pastCaches, scratch.start, y.start)
      withExtendedLifetime(scratch) {}
    }
    return y
  }

  fileprivate func backward(
    _ set: InstructionSet, wantsInput: Bool = true, wantsKernel: Bool = true, wantsBias: Bool? = nil
  ) -> (dx: Guarded<Float>, dw: Guarded<Float>, dBias: Guarded<Float>) {
    let dx = Guarded<Float>(count: x.count, repeating: 9)
    let dw = Guarded<Float>(count: w.count, repeating: Self.filterStart)
    let dBias = Guarded<Float>(count: bias.count, repeating: Self.biasStart)
    let (scratch, byInput) = (scratch, byInput)
    var shape = shape
    unsafe set.kernels.flat_backward(
      &shape, Int32(images), x.start, dy.start, byInput.start, scratch.start, wantsInput ? dx.start : nil,
      wantsKernel ? dw.start : nil, wantsBias ?? wantsKernel ? dBias.start : nil)
    withExtendedLifetime((scratch, byInput)) {}
    return (dx, dw, dBias)
  }
}
