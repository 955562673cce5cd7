import CNNKernels
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
