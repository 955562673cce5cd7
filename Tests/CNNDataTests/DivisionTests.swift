import CNNFiles
import CNNSession
import Foundation
import Testing

@testable import CNNData

@Suite("division by class and by content")
struct DivisionTests {
  static func request(
    _ division: DataRequest.Division, _ train: String? = nil, _ validation: DataRequest.Part? = nil,
    _ test: DataRequest.Part? = nil
  ) -> DataRequest {
    var request = DataRequest(
      source: .builtIn("mnist"), train: train, validation: validation, test: test, specDirectory: "/nowhere")
    request.division = division
    return request
  }

  // MARK: Fractions

  /// By hand: floor(n (1 - v - t)) train, and floor(n (1 - t)) are in front of the test samples.
  @Test(
    "fractions for validation and test are cut from the end, test last",
    arguments: [
      (100, "0.2", "0.1", 70, 90), (10, "0.15", "0.15", 7, 8), (7, "0.3", "0.3", 2, 4), (3, "0.34", "0.33", 0, 2),
      (1000, "0.001", "0.001", 998, 999),
    ])
  func twoFractions(count: Int, validation: String, test: String, first: Int, second: Int) throws {
    let cut = {
      try SplitFraction.cut(
        count, validation: SplitFraction(validation, .validation), test: SplitFraction(test, .test))
    }
    if first == 0 {
      #expect(throws: DataError.self) { try cut() }
      return
    }
    let parts = try cut()
    #expect(parts.train == 0..<first)
    #expect(parts.validation == first..<second)
    #expect(parts.test == second..<count)
  }

  @Test("fractions that leave nothing to train on are refused")
  func tooMuch() throws {
    let error = #expect(throws: DataError.self) {
      try SplitPlan(Self.request(.byPlace, nil, .fraction("0.5"), .fraction("0.5")), counts: ["train": 100])
    }
    #expect(error?.code == .badFraction)
    let plan = try SplitPlan(
      Self.request(.byPlace, "train[10:20]", .fraction("0.2"), .fraction("0.3")), counts: ["train": 100])
    #expect(plan.parts.map(\.range) == [10..<15, 15..<17, 17..<20])
    #expect(plan.parts.map(\.role) == [.train, .validation, .test])
    #expect(plan.parts.map(\.text) == ["train[10:20]", "train[15:17]", "train[17:20]"])
  }

  // MARK: By class

  func byClass(_ labels: [Int32], _ request: DataRequest, names: [String]? = nil) throws(DataError) -> [Selection] {
    try SplitDivision(request: request, counts: ["train": labels.count])
      .byClass(["train": SampleLabels(values: labels, names: names, path: "x")])
  }

  /// Class 0 has records 0 2 4 5 7, class 1 has 1 3 6: 40% of five are the last two, of three the last one (by the
  /// fraction: floor(5 · 0.6) = 3 and floor(3 · 0.6) = 1 stay).
  @Test("a fraction is taken of every class, and the order is kept")
  func fractionByClass() throws {
    let labels: [Int32] = [0, 1, 0, 1, 0, 0, 1, 0]
    let selections = try byClass(labels, Self.request(.byClass, nil, .fraction("0.4")))
    #expect(selections.map(\.role) == [.train, .validation])
    #expect(selections[0].records == [0, 1, 2, 4])
    #expect(selections[1].records == [3, 5, 6, 7])
  }

  @Test("percents are taken of every class, rounded as slices are")
  func percentsByClass() throws {
    let labels = (0..<40).map { Int32($0 % 4 == 0 ? 1 : 0) }
    let selections = try byClass(labels, Self.request(.byClass, "train[:80%]", .slice("train[80%:]")))
    // 30 of class 0, 10 of class 1.
    #expect(selections[0].records.count { labels[$0] == 0 } == 24)
    #expect(selections[0].records.count { labels[$0] == 1 } == 8)
    #expect(selections[1].records.count { labels[$0] == 1 } == 2)
    #expect(Set(selections[0].records).union(selections[1].records).count == 40)
    #expect(selections[0].records == selections[0].records.sorted())
  }

  @Test("a class too small for every side is named")
  func smallClass() {
    let error = #expect(throws: DataError.self) {
      try byClass([0, 0, 0, 0, 1], Self.request(.byClass, nil, .fraction("0.5")), names: ["cat", "dog"])
    }
    #expect(error?.code == .emptySlice)
    #expect(
      error?.message
        == "class `dog` has 1 sample, too few to be shared out: no sample would be left for training: the training slice holds 1"
    )
  }

  @Test("numbers of samples cannot be taken of classes, nor of contents")
  func counts() {
    for division in [DataRequest.Division.byClass, .byContent] {
      let request = Self.request(division, "train[:10]", .slice("train[10:]"))
      let error = #expect(throws: DataError.self) {
        let division = SplitDivision(request: request, counts: ["train": 20])
        _ =
          request.division == .byClass
          ? try division.byClass(["train": SampleLabels(values: Array(repeating: 0, count: 20), names: nil, path: "x")])
          : try division.byContent(["train": Array(repeating: MD5(), count: 20)])
      }
      #expect(error?.code == .badSplit)
      #expect(error?.field == .train)
    }
  }

  @Test("overlaps of percents are counted over all classes")
  func overlapByClass() {
    let labels = (0..<40).map { Int32($0 % 4 == 0 ? 1 : 0) }
    let error = #expect(throws: DataError.self) {
      try byClass(labels, Self.request(.byClass, "train[:80%]", .slice("train[70%:]")))
    }
    #expect(error?.code == .overlap)
    // 10% of 30 and of 10.
    #expect(error?.message == "`train[70%:]` shares 4 samples with `train[:80%]` of train")
  }

  @Test("a split of its own is taken whole, whatever classes it lacks")
  func wholeSplit() throws {
    let request = Self.request(.byClass, "train", .fraction("0.5"), .slice("test"))
    let selections = try SplitDivision(request: request, counts: ["train": 4, "test": 2]).byClass([
      "train": SampleLabels(values: [0, 1, 0, 1], names: nil, path: "x"),
      "test": SampleLabels(values: [0, 0], names: nil, path: "x"),
    ])
    #expect(selections.map(\.records) == [[0, 1], [2, 3], [0, 1]])
  }

  // MARK: By content

  static let digests = (0..<1000).map { MD5(of: Array("sample \($0)".utf8)) }

  func byContent(_ digests: [MD5], _ request: DataRequest) throws(DataError) -> [Selection] {
    try SplitDivision(request: request, counts: ["train": digests.count]).byContent(["train": digests])
  }

  /// From Python: int.from_bytes(hashlib.md5(b"sample %d" % i).digest()[:8], "big") / 2**64 >= 0.8.
  @Test("a sample's side follows from its digest")
  func sides() throws {
    let selections = try byContent(Self.digests, Self.request(.byContent, nil, .fraction("0.2")))
    #expect(Array(selections[1].records.prefix(8)) == [2, 4, 24, 29, 36, 39, 52, 53])
    #expect(selections[1].records.count == 179)
    #expect(selections[0].records.count == 1000 - selections[1].records.count)
    let percents = try byContent(Self.digests, Self.request(.byContent, "train[:80%]", .slice("train[80%:]")))
    #expect(percents.map(\.records) == selections.map(\.records))
  }

  @Test("samples stay on their side when others come, go and change places, and twins stay together")
  func stable() throws {
    let request = Self.request(.byContent, nil, .fraction("0.2"))
    let before = try byContent(Self.digests, request)
    let validating = Set(before[1].records.map { Self.digests[$0].highHalf })
    let changed = Array((Self.digests[100..<700] + Self.digests[..<50] + Self.digests[100..<120]).reversed())
    let after = try byContent(changed, request)
    for (selection, isValidation) in [(after[0], false), (after[1], true)] {
      #expect(selection.records.allSatisfy { validating.contains(changed[$0].highHalf) == isValidation })
    }
  }

  @Test("a side that no digest falls on is an error")
  func emptyByContent() {
    let error = #expect(throws: DataError.self) {
      try byContent(Array(Self.digests[..<3]), Self.request(.byContent, nil, .fraction("0.000000001")))
    }
    #expect(error?.code == .emptySlice)
    #expect(error?.field == .validation)
  }

  @Test("digests are of what is stored, the same from plain and gzipped files")
  func stored() throws {
    let scratch = try Scratch()
    let pixels = (0..<60).map { UInt8($0 * 7 % 256) }
    let labels = idx([15], (0..<15).map { UInt8($0 % 2) })
    try scratch.write(labels, "labels")
    try scratch.write(idx([15, 2, 2], pixels), "plain")
    try scratch.write(gzip(idx([15, 2, 2], pixels)), "zipped")
    var parts: [[[Int]]] = []
    for name in ["plain", "zipped"] {
      var request = DataRequest(
        source: .idx(images: name, labels: "labels"), validation: .fraction("0.4"), specDirectory: scratch.path)
      request.division = .byContent
      let data = try DataLoader().load(request, LoadSettings(threads: 3))
      parts.append([data.train.sourceIndices, data.validation?.sourceIndices ?? []])
    }
    #expect(parts[0] == parts[1])
    let wanted = (0..<15).filter { record in
      MD5(of: Array(pixels[(4 * record)..<(4 * record + 4)])).highHalf >= 0x9999_9999_9999_999a
    }
    #expect(parts[0][1] == wanted)
  }

  @Test("digits are divided by class in memory, each class alike")
  func digits() throws {
    var request = DataRequest(
      source: .builtIn("digits"), validation: .fraction("0.2"), specDirectory: "/nowhere")
    request.division = .byClass
    let data = try DataLoader().load(request)
    let counts = (0..<10).map { digit in data.validation?.labels.count { $0 == digit } }
    // 20% of the 178, 182, 177, 183, 181, 182, 181, 179, 174 and 180 of each digit, the part that stays rounded down.
    #expect(counts == [36, 37, 36, 37, 37, 37, 37, 36, 35, 36])
    #expect(data.train.count == 1797 - 364)
  }
}
