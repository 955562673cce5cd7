import CNNKernels
import Synchronization
import Testing

@Suite("background threads and what they wait for")
struct ThreadTests {
  @Test("each thread hears its number, and all are waited for")
  func numbers() {
    let heard = Monitor<Set<Int>>([])
    let threads = BackgroundThreads(count: 5) { number in heard.withLock { _ = $0.insert(number) } }
    threads.join()
    #expect(threads.count == 5)
    #expect(heard.withLock { $0 } == [0, 1, 2, 3, 4])
    BackgroundThreads(count: 0) { _ in Issue.record("there is none") }.join()
  }

  @Test("no change is lost, and nobody waits for one that has come")
  func queue() {
    let queue = Monitor<[Int]>([])
    let sum = Monitor(0)
    let takers = BackgroundThreads(count: 3) { _ in
      while true {
        // Zero says that there is no more.
        let number = queue.wait { $0.popLast() }
        if number == 0 { return }
        sum.withLock { $0 += number }
      }
    }
    for number in 1...1000 { queue.withLock { $0.append(number) } }
    // Zeros go below what is left, and are taken last.
    queue.withLock { $0.insert(contentsOf: [0, 0, 0], at: 0) }
    takers.join()
    #expect(sum.withLock { $0 } == 500_500)
  }
}
