/// Seconds since the command started, as the monotonic clock counts them.
enum Clock {
  private static let clock = ContinuousClock()
  private static let start = clock.now

  static var now: Double {
    let (seconds, attoseconds) = (clock.now - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
