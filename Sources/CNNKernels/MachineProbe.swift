internal import CKernels

/// What a machine can do at most, measured: the roofs that steps are compared with.
package struct MachineProbe: Sendable, Equatable {
  /// Floating-point operations a second of all threads, a multiply-add counting as two, in float32.
  package let flops: Double
  /// Bytes a second, of arrays far larger than the caches: read and written as two to one, read alone, and written past
  /// the caches alone.
  package let bandwidth, readBandwidth, writeBandwidth: Double

  /// Runs for about half a second.
  ///
  /// - Parameter clock: seconds of a monotonic clock.
  package init(_ table: KernelTable, threads: Int, clock: () -> Double) {
    let pool = WorkerPool(threadCount: threads)
    defer { pool.shutDown() }
    // Each run lasts some tens of milliseconds: shorter ones end before the clock rate has settled.
    flops = Self.flops(table, pool, threads, iterations: 4_000_000, clock)
    (bandwidth, readBandwidth, writeBandwidth) = Self.bandwidths(table, pool, threads, clock)
  }

  /// With the memory measured again, which others on the machine may use more or less than before.
  package func withBandwidth(_ table: KernelTable, threads: Int, clock: () -> Double) -> MachineProbe {
    let pool = WorkerPool(threadCount: threads)
    defer { pool.shutDown() }
    let (bandwidth, readBandwidth, writeBandwidth) = Self.bandwidths(table, pool, threads, clock)
    return MachineProbe(
      flops: flops, bandwidth: bandwidth, readBandwidth: readBandwidth, writeBandwidth: writeBandwidth)
  }

  /// With the arithmetic measured again, in some 20 ms, after work that has settled the clock rate.
  package func withFlops(_ table: KernelTable, threads: Int, clock: () -> Double) -> MachineProbe {
    let pool = WorkerPool(threadCount: threads)
    defer { pool.shutDown() }
    return MachineProbe(
      flops: Self.flops(table, pool, threads, iterations: 400_000, clock), bandwidth: bandwidth,
      readBandwidth: readBandwidth, writeBandwidth: writeBandwidth)
  }

  private init(flops: Double, bandwidth: Double, readBandwidth: Double, writeBandwidth: Double) {
    self.flops = flops
    self.bandwidth = bandwidth
    self.readBandwidth = readBandwidth
    self.writeBandwidth = writeBandwidth
  }

  /// The best of eight runs.
  private static func flops(
    _ table: KernelTable, _ pool: WorkerPool, _ threads: Int, iterations: Int64, _ clock: () -> Double
  ) -> Double {
    let set = ck_isa(UInt32(table.instructionSet.rawValue))
    var best = 0.0
    for _ in 0..<8 {
      let start = clock()
      pool.run(taskCount: threads) { _, _ in _ = ck_fma_burst(set, iterations) }
      let seconds = clock() - start
      best = max(best, Double(threads) * Double(operations(set, Int(iterations))) / seconds)
    }
    return best
  }

  private static func operations(_ set: ck_isa, _ iterations: Int) -> Int {
    // A burst says how much it did; a short one tells how much one iteration does.
    Int(ck_fma_burst(set, 1)) * iterations
  }

  private static func bandwidths(
    _ table: KernelTable, _ pool: WorkerPool, _ threads: Int, _ clock: () -> Double
  ) -> (both: Double, read: Double, write: Double) {
    // 256 MiB in all: a server's last-level cache can hold a good part of a quarter of that.
    let count = 32 << 20
    guard let arena = Arena(byteCount: 2 * count * 4) else { return (0, 0, 0) }
    let (a, b) = (
      Slot(region: .parameters, offset: 0, byteCount: count * 4, isBatched: false),
      Slot(region: .parameters, offset: count * 4, byteCount: count * 4, isBatched: false)
    )
    let frame = Frame(arena: arena, bases: [:], blockStride: 0, workspaceStride: 0, gradientStride: 0)
    let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
    let share = count / threads / 32 * 32
    func best(_ bytes: Int, _ body: @escaping (Int) -> Void) -> Double {
      var best = 0.0
      for _ in 0..<6 {
        let start = clock()
        pool.run(taskCount: threads) { task, _ in body(task) }
        best = max(best, Double(bytes) / (clock() - start))
      }
      return best
    }
    // b += a: two reads and a write.
    let both = best(3 * share * threads * 4) { task in
      unsafe table.functions.accumulate(
        frame.floats(a, whole) + task * share, Int64(share), frame.floats(b, whole) + task * share)
    }
    let read = best(2 * share * threads * 4) { task in
      _ = unsafe ck_read_burst(frame.floats(a, whole) + 2 * task * share, Int64(2 * share))
    }
    let write = best(2 * share * threads * 4) { task in
      unsafe ck_write_burst(frame.floats(a, whole) + 2 * task * share, Int64(2 * share))
    }
    // The frame's pointers lead into it.
    withExtendedLifetime(arena) {}
    return (both, read, write)
  }
}
