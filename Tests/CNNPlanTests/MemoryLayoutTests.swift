import CNNKernels
import CNNLayers
import CNNPlan
import CNNTestSupport
import Testing

@Suite("Memory layout")
struct MemoryLayoutTests {
  @Test("buffers that follow each other share a place")
  func reuse() {
    let layout = MemoryLayout([
      LifetimeRequest(byteCount: 128, first: 0, last: 1), LifetimeRequest(byteCount: 64, first: 1, last: 2),
      LifetimeRequest(byteCount: 128, first: 2, last: 3),
    ])
    #expect(layout.offsets == [0, 128, 0])
    #expect(layout.byteCount == 192)
  }

  @Test("a buffer goes into the smallest gap that holds it")
  func smallestGap() {
    // At step 1: 256 bytes at 0, then a gap of 128 where #1 was, then #2; behind that, one of 64 where #3 was.
    let layout = MemoryLayout([
      LifetimeRequest(byteCount: 512, first: 0, last: 2), LifetimeRequest(byteCount: 320, first: 0, last: 0),
      LifetimeRequest(byteCount: 256, first: 0, last: 2), LifetimeRequest(byteCount: 192, first: 0, last: 0),
      LifetimeRequest(byteCount: 128, first: 0, last: 2), LifetimeRequest(byteCount: 64, first: 1, last: 2),
    ])
    #expect(layout.offsets == [0, 512, 832, 1088, 1280, 1088])
    #expect(layout.byteCount == 1408)
  }

  /// What windows reach over would take gigabytes: the image is 6 KB.
  @Test("padding far wider than its image takes no memory", arguments: [1000, 1 << 20], ["", "relu", "relu pool"])
  func widePadding(_ dilation: Int, _ tail: String) {
    let network = NetworkCase("dilation \(dilation) \(tail)", input: [28, 28, 2]) { builder in
      builder.convolution(builder.window([1, 1]), filters: 2)
      builder.convolution(
        builder.window([3, 3], dilation: [dilation, tail.contains("pool") ? 1 : dilation], padding: .same), filters: 4)
      if tail.contains("relu") { builder.activation(.relu) }
      if tail.contains("pool") { builder.maxPool(builder.window([2, 2], strides: [2, 2])) }
    }
    let compiler = Compiler()
    let plan = compiler.plan(network.trainingGraph(compiler), purpose: .training, batch: 8)
    #expect(plan.scratchByteCount(workers: 1) < 1 << 20)
  }

  @Test("nothing takes nothing")
  func empty() {
    #expect(MemoryLayout([]).byteCount == 0)
    #expect(MemoryLayout([LifetimeRequest(byteCount: 1, first: 3, last: 3)]).byteCount == Arena.alignment)
  }

  @Test("two thousand random sets never overlap, and need neither too little nor too much", arguments: 0..<20)
  func randomSets(_ hundred: UInt64) {
    for seed in hundred * 100..<(hundred + 1) * 100 {
      var random = SeededRandom(seed: seed)
      let steps = random.integer(1...40)
      let requests = (0..<random.integer(1...60)).map { _ in
        let first = random.integer(0...steps - 1)
        return LifetimeRequest(
          byteCount: random.chance(0.1) ? 0 : random.integer(1...5000), first: first,
          last: min(steps - 1, first + random.integer(0...8)))
      }
      check(requests, seed: seed)
    }
  }

  /// The scheme as it is described, gap by gap and with every neighbour sorted anew: slow, and the layouts that goldens and
  /// predictions of memory rest on.
  @Test("places are those of the plain greedy scheme", arguments: 0..<20)
  func plainScheme(_ part: UInt64) {
    for seed in part * 20..<(part + 1) * 20 {
      var random = SeededRandom(seed: seed)
      let requests = (0..<random.integer(1...120)).map { _ in
        let first = random.integer(0...40)
        // Few sizes, so that gaps often fit exactly.
        return LifetimeRequest(
          byteCount: random.integer(0...6) * random.integer(1...3) * 64, first: first,
          last: first + random.integer(0...30))
      }
      var offsets = [Int](repeating: 0, count: requests.count)
      var placed: [Int] = []
      for index in requests.indices.sorted(by: { (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1) }) {
        let alive = placed.filter { requests[$0].overlaps(requests[index]) }
          .map { (start: offsets[$0], end: offsets[$0] + requests[$0].byteCount) }.sorted { $0 < $1 }
        var cursor = 0
        var gaps: [(waste: Int, offset: Int)] = []
        for neighbour in alive {
          let waste = neighbour.start - cursor - requests[index].byteCount
          if waste >= 0 { gaps.append((waste, cursor)) }
          cursor = max(cursor, neighbour.end)
        }
        offsets[index] = gaps.min { $0.waste < $1.waste }?.offset ?? cursor
        placed.append(index)
      }
      #expect(MemoryLayout(requests).offsets == offsets, "seed \(seed)")
    }
  }

  @Test("the verifier finds two buffers in one place at one time, and only those")
  func overlaps() {
    func buffer(_ name: String, _ offset: Int, _ bytes: Int, _ lifetime: ClosedRange<Int>) -> Plan.Buffer {
      Plan.Buffer(
        name: name, type: "f32", slot: Slot(region: .block, offset: offset, byteCount: bytes, isBatched: false),
        byteCount: bytes, lifetime: lifetime)
    }
    let good = [
      buffer("a", 0, 64, 0...2), buffer("b", 64, 128, 1...5), buffer("c", 0, 64, 3...4), buffer("d", 192, 64, 0...9),
      buffer("e", 64, 128, 6...9),
    ]
    #expect(PlanVerifier.overlap(in: good) == nil)
    #expect(PlanVerifier.overlap(in: good + [buffer("x", 0, 64, 5...9)]) == nil)
    for bad in [
      buffer("x", 0, 64, 4...5), buffer("x", 128, 64, 0...0), buffer("x", 128, 64, 5...5), buffer("x", 0, 640, 9...12),
      buffer("x", 250, 4, 3...3),
    ] {
      // `x` at 128 in step 0 is beside `b`, which begins a step later.
      let isFine = bad.slot.offset == 128 && bad.lifetime == 0...0
      #expect((PlanVerifier.overlap(in: good + [bad]) == nil) == isFine, "\(bad)")
    }
  }

  private func check(_ requests: [LifetimeRequest], seed: UInt64) {
    let layout = MemoryLayout(requests)
    func rounded(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
    #expect(layout.offsets.allSatisfy { $0 >= 0 && $0 % 64 == 0 }, "seed \(seed)")
    for (i, left) in requests.enumerated() {
      #expect(layout.offsets[i] + left.byteCount <= layout.byteCount, "seed \(seed)")
      for (j, right) in requests.enumerated().dropFirst(i + 1) {
        let areAlive = left.first <= right.last && right.first <= left.last
        let areApart =
          layout.offsets[i] + left.byteCount <= layout.offsets[j]
          || layout.offsets[j] + right.byteCount <= layout.offsets[i]
        if areAlive { #expect(areApart, "seed \(seed): \(left) and \(right)") }
      }
    }
    let last = requests.map(\.last).max() ?? 0
    let alive = (0...last).map { step in
      requests.filter { $0.first <= step && step <= $0.last }.reduce(0) { $0 + rounded($1.byteCount) }
    }
    #expect(layout.byteCount >= alive.max() ?? 0, "seed \(seed)")
    #expect(layout.byteCount <= requests.reduce(0) { $0 + rounded($1.byteCount) }, "seed \(seed)")
  }
}
