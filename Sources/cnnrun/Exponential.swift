#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The system's exponential function.
enum Exponential {
  static func of(_ value: Double) -> Double { exp(value) }
}
