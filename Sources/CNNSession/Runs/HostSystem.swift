package import CNNFiles

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What the operating system says of the machine; empty where it says nothing.
package struct HostSystem: Sendable, Equatable {
  /// Such as `Linux 6.1.0 x86_64`.
  package let operatingSystem: String
  /// Such as `AMD EPYC 7763 64-Core Processor`.
  package let processor: String

  package static func current(_ access: FileAccess = FileAccess()) -> HostSystem {
    HostSystem(operatingSystem: operatingSystem(), processor: processor(access))
  }

  package static var processNumber: Int { Int(getpid()) }

  /// The machine's name in its network; empty if it has none.
  package static var name: String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return "" }
    return text(names.nodename)
  }

  /// Seconds since 1970, as the system's clock has it; for what people read, not for measuring.
  package static var wallSeconds: Double {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func operatingSystem() -> String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { return "" }
    return [text(names.sysname), text(names.release), text(names.machine)].joined(separator: " ")
  }

  #if canImport(Darwin)
    private static func processor(_ access: FileAccess) -> String {
      var bytes = [UInt8](repeating: 0, count: 256)
      var count = bytes.count
      guard unsafe sysctlbyname("machdep.cpu.brand_string", &bytes, &count, nil, 0) == 0 else { return "" }
      return text(of: bytes)
    }
  #else
    private static func processor(_ access: FileAccess) -> String {
      // The first processor's lines are enough; the whole file grows with their number.
      var bytes = [UInt8](repeating: 0, count: 4096)
      do throws(FileError) {
        let file = try access.openFile("/proc/cpuinfo")
        _ = try file.read(into: &bytes, 0..<bytes.count)
      } catch { return "" }
      return modelName(in: text(of: bytes))
    }
  #endif

  /// The value of the first line `model name : …`, which x86 has and Arm has not.
  static func modelName(in text: String) -> String {
    for line in text.split(separator: "\n") where line.hasPrefix("model name") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " })
    }
    return ""
  }

  private static func text(of bytes: [UInt8]) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }

  /// A C array of characters, which Swift sees as a tuple.
  private static func text<Field>(_ field: Field) -> String {
    var field = field
    return text(of: unsafe withUnsafeBytes(of: &field) { unsafe Array($0) })
  }
}
