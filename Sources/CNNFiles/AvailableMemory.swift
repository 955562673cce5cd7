/// How much memory this process may still use, as the system tells it.
package enum AvailableMemory {
  /// Bytes: Linux's `MemAvailable`, or less if a control group allows less; `nil` where the system says nothing.
  package static func byteCount(_ access: FileAccess = FileAccess()) -> Int? {
    [systemByteCount(access), groupByteCount(access)].compactMap(\.self).min()
  }

  private static func systemByteCount(_ access: FileAccess) -> Int? {
    for line in lines("/proc/meminfo", access) where line.hasPrefix("MemAvailable:") {
      guard let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
      return kibibytes.multipliedReportingOverflow(by: 1024).partialValue
    }
    return nil
  }

  private static func groupByteCount(_ access: FileAccess) -> Int? {
    guard let limit = lines("/sys/fs/cgroup/memory.max", access).first.flatMap({ Int($0) }),
      let used = lines("/sys/fs/cgroup/memory.current", access).first.flatMap({ Int($0) })
    else { return nil }
    return max(0, limit - used)
  }

  private static func lines(_ path: String, _ access: FileAccess) -> [Substring] {
    guard let bytes = try? access.readFile(path, limit: 1 << 16) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }
}
