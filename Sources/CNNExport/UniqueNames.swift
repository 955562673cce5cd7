/// Hands out each name once: `dense_kernel`, then `dense_kernel_2`.
struct UniqueNames {
  private var taken: Set<String>

  init(reserved: some Sequence<String> = []) { taken = Set(reserved) }

  func isFree(_ name: String) -> Bool { !taken.contains(name) }

  mutating func take(_ wanted: String) -> String {
    var name = wanted
    var number = 2
    while !taken.insert(name).inserted {
      name = "\(wanted)_\(number)"
      number += 1
    }
    return name
  }
}
