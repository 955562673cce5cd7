/// What an exit status of `cnnrun` means; scripts rely on it.
enum ExitStatus: Int32 {
  case fine = 0
  /// The spec is at fault.
  case specFault = 1
  /// Two specs are not the same.
  static let differs = ExitStatus.specFault
  /// A bad option, or a spec that is missing or unreadable.
  case usage = 2
  /// The run failed: data missing or corrupt, input or output, divergence, too little memory.
  case failed = 3
  /// The run succeeded, but something expected of it was not met.
  case expectation = 4
  /// A bug of ours.
  case bug = 70
  case interrupted = 130
  case terminated = 143
}

/// Ends a command with a status, after what there is to say was said.
struct Exit: Error {
  let status: ExitStatus
  init(_ status: ExitStatus) { self.status = status }
}
