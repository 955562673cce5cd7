package import CNNDiagnostics

/// Times of a plan's steps against what the machine can do.
package struct BenchReport: Sendable {
  package struct Step: Sendable {
    package var name: String
    package var layer: String
    /// Of a whole batch.
    package var flops: Double
    package var bytesRead, bytesWritten: Double
    package var seconds: [Double]
    /// Whether it is of gradients or of the update.
    package var isBackward: Bool

    package init(
      name: String, layer: String, flops: Double, bytesRead: Double, bytesWritten: Double, seconds: [Double],
      isBackward: Bool = false
    ) {
      self.isBackward = isBackward
      self.name = name
      self.layer = layer
      self.flops = flops
      self.bytesRead = bytesRead
      self.bytesWritten = bytesWritten
      self.seconds = seconds
    }

    package var bytes: Double { bytesRead + bytesWritten }
    package var median: Double { Self.median(seconds) }
    package var least: Double { seconds.min() ?? 0 }

    package static func median(_ values: [Double]) -> Double {
      let sorted = values.sorted()
      guard !sorted.isEmpty else { return 0 }
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
  }

  /// A whole job: a training step, or inference of a batch.
  package struct Job: Sendable {
    package var name: String
    package var images: Int
    package var flops: Double
    package var seconds: [Double]

    package init(name: String, images: Int, flops: Double, seconds: [Double]) {
      self.name = name
      self.images = images
      self.flops = flops
      self.seconds = seconds
    }
  }

  package var title: String
  package var limits: MachineLimits
  package var threads: Int
  package var instructionSet: String
  package var steps: [Step]
  package var jobs: [Job]

  package init(
    title: String, limits: MachineLimits, threads: Int, instructionSet: String, steps: [Step], jobs: [Job]
  ) {
    self.title = title
    self.limits = limits
    self.threads = threads
    self.instructionSet = instructionSet
    self.steps = steps
    self.jobs = jobs
  }

  package var text: String {
    var lines = [
      "\(title)",
      "machine: \(threads) \(threads == 1 ? "thread" : "threads"), \(instructionSet), "
        + "\(gigas(limits.flops)) GFLOP/s of multiply-adds, \(gigas(limits.bandwidth)) GB/s of memory "
        + "(\(gigas(limits.readBandwidth)) reading, \(gigas(limits.writeBandwidth)) writing alone)", "",
    ]
    var table = TextTable([
      .init("step"), .init("layer"), .init("median", .right), .init("min", .right), .init("max", .right),
      .init("GFLOP/s", .right), .init("GB/s", .right), .init("of limit", .right), .init("limit"),
    ])
    for step in steps {
      let low = step.least
      let high = step.seconds.max() ?? 0
      let rate = step.median > 0 ? 1 / step.median : 0
      table.add([
        step.name, step.layer, microseconds(step.median), microseconds(low), microseconds(high),
        step.flops > 0 ? gigas(step.flops * rate) : "", step.bytes > 0 ? gigas(step.bytes * rate) : "",
        step.flops + step.bytes > 0 ? "\(NumberFormat.fixed(limits.share(step) * 100, places: 0))%" : "",
        step.flops + step.bytes > 0 ? (limits.isBoundByArithmetic(step) ? "arithmetic" : "memory") : "",
      ])
    }
    lines += [table.text, ""]
    let costly = steps.sorted { $0.median > $1.median }.prefix(3)
    let total = steps.reduce(0) { $0 + $1.median }
    lines.append(
      "costliest: "
        + costly.map { step in
          "\(step.name)\(step.layer.isEmpty ? "" : " of \(step.layer)") "
            + "\(NumberFormat.fixed(step.median / max(total, 1e-12) * 100, places: 0))%"
        }.joined(separator: ", "))
    lines.append("")
    var whole = TextTable([
      .init("job"), .init("median", .right), .init("min", .right), .init("max", .right), .init("images/s", .right),
      .init("GFLOP/s", .right), .init("of peak", .right),
    ])
    for job in jobs {
      let median = Step.median(job.seconds)
      whole.add([
        job.name, microseconds(median), microseconds(job.seconds.min() ?? 0), microseconds(job.seconds.max() ?? 0),
        NumberFormat.grouped(Int(Double(job.images) / max(median, 1e-12))), gigas(job.flops / max(median, 1e-12)),
        "\(NumberFormat.fixed(job.flops / max(median, 1e-12) / limits.flops * 100, places: 0))%",
      ])
    }
    lines.append(whole.text)
    return lines.joined(separator: "\n")
  }

  package var json: JSONText {
    func spread(_ seconds: [Double]) -> [String: JSONText] {
      [
        "median_seconds": .number(Step.median(seconds)), "min_seconds": .number(seconds.min() ?? 0),
        "max_seconds": .number(seconds.max() ?? 0), "runs": .int(seconds.count),
      ]
    }
    return .object([
      "format_version": .string("1.0"), "title": .string(title), "threads": .int(threads),
      "instruction_set": .string(instructionSet), "peak_flops": .number(limits.flops),
      "bandwidth": .number(limits.bandwidth),
      "read_bandwidth": .number(limits.readBandwidth), "write_bandwidth": .number(limits.writeBandwidth),
      "steps": .array(
        steps.map { step in
          .object(
            spread(step.seconds).merging([
              "name": .string(step.name), "layer": .string(step.layer), "flops": .number(step.flops),
              "bytes": .number(step.bytes), "share_of_limit": .number(limits.share(step)),
            ]) { $1 })
        }),
      "jobs": .array(
        jobs.map { job in
          .object(
            spread(job.seconds).merging([
              "name": .string(job.name), "images": .int(job.images), "flops": .number(job.flops),
            ]) { $1 })
        }),
    ])
  }

  private func gigas(_ value: Double) -> String { NumberFormat.fixed(value / 1e9, places: value < 10e9 ? 2 : 0) }

  private func microseconds(_ seconds: Double) -> String {
    seconds < 0.01
      ? "\(NumberFormat.fixed(seconds * 1e6, places: 1)) µs" : "\(NumberFormat.fixed(seconds * 1e3, places: 2)) ms"
  }
}
