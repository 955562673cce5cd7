import Testing

@testable import CNNReport

@Suite("Numbers are those of Python's formatting")
struct NumberFormatTests {
  @Test("%.4f, %.4e, %.0f and the rule for metrics, digit for digit")
  func goldens() throws {
    let rows = try Golden.rows("numbers.tsv")
    #expect(rows.count > 700)
    for row in rows {
      let bits = try #require(UInt64(row[0], radix: 16))
      let value = Double(bitPattern: bits)
      #expect(NumberFormat.fixed(value, places: 4) == row[1])
      #expect(NumberFormat.scientific(value, places: 4) == row[2])
      #expect(NumberFormat.fixed(value, places: 0) == row[3])
      #expect(NumberFormat.metric(value) == row[4])
    }
  }

  @Test("thousands and sizes as Python and Keras print them")
  func sizes() throws {
    for row in try Golden.rows("numbers-sizes.tsv") {
      let value = try #require(Int(row[0]))
      #expect(NumberFormat.grouped(value) == row[1])
      #expect(NumberFormat.kerasByteSize(Double(value)) == row[2])
    }
  }

  @Test("ties go to the even digit")
  func ties() {
    #expect(NumberFormat.fixed(0.5, places: 0) == "0")
    #expect(NumberFormat.fixed(1.5, places: 0) == "2")
    #expect(NumberFormat.fixed(0.125, places: 2) == "0.12")
    #expect(NumberFormat.fixed(0.375, places: 2) == "0.38")
    #expect(NumberFormat.scientific(2.5, places: 0) == "2e+00")
  }

  @Test("a carry lengthens the number")
  func carry() {
    #expect(NumberFormat.fixed(9.99996, places: 4) == "10.0000")
    #expect(NumberFormat.scientific(9.99996, places: 4) == "1.0000e+01")
    #expect(NumberFormat.fixed(0.00006, places: 4) == "0.0001")
  }

  @Test("negative and extreme whole numbers are grouped")
  func grouped() {
    #expect(NumberFormat.grouped(-999) == "-999")
    #expect(NumberFormat.grouped(-1000) == "-1,000")
    #expect(NumberFormat.grouped(.max) == "9,223,372,036,854,775,807")
    #expect(NumberFormat.grouped(.min) == "-9,223,372,036,854,775,808")
  }

  @Test("the unit of a step's time follows its size")
  func stepTime() {
    let times = [0, 2.4, 1, 0.0123, 0.001, 0.00045].map(NumberFormat.stepTime)
    #expect(times == ["0s", "2s", "1s", "12ms", "1ms", "450us"])
  }

  @Test("time left is s up to a minute, m:ss up to an hour, then h:mm:ss")
  func remainingTime() {
    let times = [0, 59.9, 60, 60.5, 61, 3600, 3600.5, 3661, 90000].map(NumberFormat.remainingTime)
    #expect(
      times == ["0s", "59s", "60s", "1:00", "1:01", "60:00", "1:00:00", "1:01:01", "25:00:00"])
  }

  @Test("a clock that stands, runs back or breaks does no harm")
  func brokenClock() {
    #expect(NumberFormat.remainingTime(-5) == "0s")
    #expect(NumberFormat.remainingTime(.nan) == "0s")
    #expect(NumberFormat.remainingTime(.infinity).hasSuffix(":40"))
    #expect(NumberFormat.stepTime(.nan) == "nanus")
  }

  @Test(
    "rates have three digits",
    arguments: [
      (0.0, "0"), (847.4, "847"), (999.4, "999"), (999.6, "1.00k"), (3200, "3.20k"), (27_540, "27.5k"),
      (99_960, "100k"), (1_254_000, "1.25M"), (2.5e12, "2500G"),
    ])
  func rates(_ value: Double, _ text: String) {
    #expect(NumberFormat.rate(value) == text)
  }
}
