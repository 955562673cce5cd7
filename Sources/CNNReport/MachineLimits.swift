/// What a machine was measured to do at most: the roofs that steps are compared with.
package struct MachineLimits: Sendable, Equatable {
  /// Floating-point operations a second of all threads, a multiply-add counting as two, in float32.
  package let flops: Double
  /// Bytes a second, of arrays far larger than the caches: read and written as two to one, read alone, written alone.
  package let bandwidth, readBandwidth, writeBandwidth: Double

  package init(flops: Double, bandwidth: Double, readBandwidth: Double, writeBandwidth: Double) {
    self.flops = flops
    self.bandwidth = bandwidth
    self.readBandwidth = readBandwidth
    self.writeBandwidth = writeBandwidth
  }

  /// Seconds that a step would take if nothing but its arithmetic, or nothing but its memory, took time.
  package func arithmetic(_ step: BenchReport.Step) -> Double { step.flops / flops }

  package func memory(_ step: BenchReport.Step) -> Double {
    max(step.bytes / bandwidth, step.bytesRead / readBandwidth, step.bytesWritten / writeBandwidth)
  }

  package func isBoundByArithmetic(_ step: BenchReport.Step) -> Bool { arithmetic(step) >= memory(step) }

  /// Share of the tighter of the two limits in a step's median time.
  ///
  /// FLOPs are those of the dense algorithm, so work that is skipped (padding, zero gradients) can exceed 1. A step
  /// whose data fits the caches can exceed the memory's limit too.
  package func share(_ step: BenchReport.Step) -> Double { share(step, in: step.median) }

  /// The same of another time, in seconds.
  package func share(_ step: BenchReport.Step, in seconds: Double) -> Double {
    seconds > 0 ? max(arithmetic(step), memory(step)) / seconds : 0
  }
}
