import Testing

@testable import CNNData

@Suite("slices of splits")
struct SplitTests {
  /// Worked by hand from tensorflow/datasets, core/splits.py.
  @Test(
    "slices come to the samples that TensorFlow Datasets gives",
    arguments: [
      ("train", 1500, 0..<1500), ("train[:1000]", 1500, 0..<1000), ("train[1000:]", 1500, 1000..<1500),
      ("train[1000:1500]", 1500, 1000..<1500), ("train[-100:]", 1500, 1400..<1500), ("train[:-100]", 1500, 0..<1400),
      ("train[:80%]", 60_000, 0..<48_000), ("train[80%:]", 60_000, 48_000..<60_000), ("train[10%:20%]", 999, 100..<200),
      ("train[-33%:]", 7, 5..<7), ("train[:100%]", 7, 0..<7), ("train[-100%:]", 7, 0..<7),
      ("train[5%:25%]", 10, 0..<2), ("train[:15%]", 10, 0..<2), ("train[:3%]", 50, 0..<2), ("train[:-50%]", 3, 0..<1),
    ])
  func slices(text: String, count: Int, range: Range<Int>) throws {
    #expect(try SplitSlice(text, field: .train).range(count: count) == range)
  }

  /// Python's `int(round(p * n / 100))`, for every p and some n, is nearest, with halves to even.
  @Test("percents round to the nearest, and halves to the even")
  func rounding() {
    for count in [0, 1, 2, 3, 7, 10, 50, 99, 100, 150, 999, 60_000] {
      for percent in -100...100 {
        let product = percent * count
        let rounded = (Double(product) / 100).rounded(.toNearestOrEven)
        #expect(SplitSlice.rounded(percent, of: count) == Int(rounded), "\(percent)% of \(count)")
      }
    }
    #expect(SplitSlice.rounded(100, of: .max) == .max)
  }

  @Test(
    "what is no slice is refused, with the forms there are",
    arguments: [
      "", "[", "[:5]", "train[", "train[]", "train[:]", "train[5]", "train[1:2:3]", "train[a:]", "train[:5", "train:5]",
      "train[:+5]", "train[:--5]", "train[:5%%]", "train[:101%]", "train[:1.5%]", "train[:1e3]", "train[: 5]",
      "train[10:50%]", "train+test", "train[:5]]", "train[:99999999999999999999]", "tra\u{7}in", "train[:٣]",
      String(repeating: "a", count: 1000),
    ])
  func malformed(text: String) {
    let error = #expect(throws: DataError.self) { try SplitSlice(text, field: .validation) }
    #expect(error?.code == .badSlice)
    #expect(error?.field == .validation)
    #expect(error?.help != nil)
  }

  @Test("a slice beyond the end says how many samples there are")
  func beyond() throws {
    let error = #expect(throws: DataError.self) {
      try SplitSlice("train[1000:2000]", field: .validation).range(count: 1500)
    }
    #expect(error?.code == .sliceBeyondEnd)
    #expect(error?.message == "`train[1000:2000]` reaches 2,000, and `train` holds 1,500 samples")
    for text in ["train[-11:]", "train[:11]", "train[:-9223372036854775808]"] {
      let error = #expect(throws: DataError.self) { try SplitSlice(text, field: .train).range(count: 10) }
      #expect(error?.code == .sliceBeyondEnd, "\(text)")
    }
  }

  @Test("an empty slice is an error", arguments: ["train[5:5]", "train[6:5]", "train[:0]", "train[10:]", "train[:1%]"])
  func empty(text: String) {
    let error = #expect(throws: DataError.self) { try SplitSlice(text, field: .train).range(count: 10) }
    #expect(error?.code == .emptySlice)
  }

  /// In binary floating point 10 · (1 − 0.9), 5 · (1 − 0.8) and 100 · (1 − 0.9) come to 0, 0 and 9.
  @Test(
    "a fraction is cut in exact decimals",
    arguments: [
      ("0.9", 10, 1), ("0.8", 5, 1), ("0.9", 100, 10), ("0.05", 12, 11), (".25", 200, 150), ("2e-1", 1000, 800),
      ("0.20", 1000, 800), ("0.1", 3, 2), ("0.000000001", 60_000, 59_999), ("0", 5, 5), ("0.0", 5, 5), ("-0", 5, 5),
    ])
  func fractions(text: String, count: Int, training: Int) throws {
    #expect(try SplitFraction(text, .validation).trainingCount(of: count) == training)
  }

  @Test(
    "what is no fraction below 1 is refused",
    arguments: [
      "1", "1.0", "1.2", "20", "1e0", "-0.1", "", ".", "0.2.1", "abc", "0,2", "1/5", "20%", "inf", "nan", "0x1", "1e99",
      "0.1234567891", "1e-99", "1e-10", "0.2e", "99999999999999999999999",
    ])
  func badFractions(text: String) {
    let error = #expect(throws: DataError.self) { try SplitFraction(text, .validation) }
    #expect(error?.code == .badFraction)
    #expect(error?.field == .validation)
  }

  @Test("twenty is taken for a percentage", arguments: [("20", "0.2"), ("5", "0.05"), ("25", "0.25")])
  func percentage(text: String, meant: String) {
    let error = #expect(throws: DataError.self) { try SplitFraction(text, .validation) }
    #expect(error?.help == "did you mean \(meant)?")
  }

  @Test("a side that would be empty is an error", arguments: [("0.9", 1), ("0.95", 10)])
  func emptySide(text: String, count: Int) {
    let error = #expect(throws: DataError.self) { try SplitFraction(text, .validation).trainingCount(of: count) }
    #expect(error?.code == .emptySlice)
  }

  static func request(
    _ train: String?, _ validation: DataRequest.Part?, _ test: DataRequest.Part? = nil
  ) -> DataRequest {
    DataRequest(
      source: .builtIn("mnist"), train: train, validation: validation, test: test, specDirectory: "/nowhere")
  }
  static let counts = ["train": 1000, "test": 100]

  @Test("a fraction takes the last part of the training slice")
  func fractionOfSlice() throws {
    let plan = try SplitPlan(Self.request("train[100:200]", .fraction("0.2")), counts: Self.counts)
    #expect(plan.parts.map(\.range) == [100..<180, 180..<200])
    #expect(plan.parts.map(\.role) == [.train, .validation])
    #expect(try SplitPlan(Self.request(nil, .fraction("0")), counts: Self.counts).parts.map(\.range) == [0..<1000])
  }

  @Test(
    "slices that overlap are an error that counts what leaks",
    arguments: [
      (
        request("train[:500]", .slice("train[400:600]")),
        "`train[400:600]` shares 100 samples with `train[:500]` of train", "validation"
      ),
      (
        request("train[:10%]", .slice("train[99:200]")),
        "`train[99:200]` shares 1 sample with `train[:10%]` of train", "validation"
      ),
      (
        request("train", .fraction("0.2"), .slice("train[-50:]")),
        "`train[-50:]` shares 50 samples with `train[800:1000]` of validation", "test"
      ),
    ])
  func overlap(request: DataRequest, message: String, field: String) {
    let error = #expect(throws: DataError.self) { try SplitPlan(request, counts: Self.counts) }
    #expect(error?.code == .overlap)
    #expect(error?.message == message)
    #expect(error?.field.rawValue == field)
  }

  @Test("slices that touch, or are of different splits, do not overlap")
  func disjoint() throws {
    let plan = try SplitPlan(Self.request("train[:500]", .slice("train[500:]"), .slice("test")), counts: Self.counts)
    #expect(plan.parts.map(\.range) == [0..<500, 500..<1000, 0..<100])
  }

  @Test("a split that the source has not is named with those it has")
  func unknownSplit() {
    let error = #expect(throws: DataError.self) {
      try SplitPlan(Self.request("training[:5]", nil), counts: Self.counts)
    }
    #expect(error?.code == .unknownSplit)
    #expect(error?.help == "it has `train` and `test`")
  }
}
