import CNNTestSupport
import Testing

@testable import CNNReport

@Suite("plots") struct PlotTests {
  @Test("axes are marked at 1, 2 or 5 times a power of ten") func ticks() {
    #expect(AxisTicks(from: 0, to: 1, count: 5).values.map { ($0 * 10).rounded() } == [0, 2, 4, 6, 8, 10])
    #expect(AxisTicks(from: 1, to: 10, count: 7, isWhole: true).values == [2, 4, 6, 8, 10])
    #expect(AxisTicks(from: 1, to: 200, count: 7, isWhole: true).values == [50, 100, 150, 200])
    #expect(AxisTicks(from: 1, to: 1, count: 7, isWhole: true).values == [1])
    #expect(AxisTicks(from: 1, to: 3, count: 7, isWhole: true).values == [1, 2, 3])
    let fine = AxisTicks(from: 0.981, to: 0.999, count: 4)
    #expect(fine.values.map(fine.label) == ["0.985", "0.990", "0.995"])
    let decades = AxisTicks.logarithmic(from: 0.05, to: 9)
    #expect(decades.values.map(decades.label) == ["0.1", "0.3", "1", "3"])
    #expect(AxisTicks.niceRange(0.13, 0.86, count: 5) == 0...1)
  }

  @Test("coordinates are short and of no locale") func numbers() {
    #expect(
      [0, 1.5, -2.25, 12.345, 1e-9, .nan, 0.07].map(SVGText.number) == ["0", "1.5", "-2.25", "12.35", "0", "0", "0.07"])
  }

  /// Numbers of an attribute of all elements of a class, in order.
  private func places(_ attribute: String, of style: String, in plot: Plot) -> [Double] {
    plot.inlineSVG.split(separator: "\n").filter { $0.contains("class=\"\(style)\"") }.compactMap { line in
      line.components(separatedBy: " \(attribute)=\"").last.flatMap { Double($0.prefix { $0 != "\"" }) }
    }
  }

  @Test("points of a curve stand where their values say") func curve() {
    // The axis runs from 0 to 1, so a half is half way between the ends.
    let chart = LineChart(
      series: [.init(name: "a", values: [0, 0.5, 1], style: 1)], bestEpoch: 2, isShare: true)
    let plot = chart.plot(name: "c", title: "C")
    let (x, y) = (places("cx", of: "dot1", in: plot), places("cy", of: "dot1", in: plot))
    #expect(x.count == 3 && y.count == 3)
    #expect(x[1] * 2 == x[0] + x[2] && y[1] * 2 == y[0] + y[2])
    let lines = places("y1", of: "grid", in: plot)
    #expect(y[0] == lines.first && y[2] == lines.last)
    #expect(places("x1", of: "best", in: plot).last == x[2])
  }

  @Test("what is not a number is a gap, and no axis follows it") func gaps() {
    let chart = LineChart(series: [.init(name: "a", values: [1, .nan, 2, .infinity, 3], style: 0)])
    let plot = chart.plot(name: "c", title: "C")
    #expect(places("cx", of: "dot0", in: plot).count == 3)
    #expect(plot.inlineSVG.components(separatedBy: "M").count == 4, "three stretches")
    #expect(!plot.inlineSVG.contains("nan") && !plot.inlineSVG.contains("inf"))
  }

  @Test("bars are as high as their counts, and the last bin holds its end") func bars() {
    let chart = HistogramChart([0, 0.1, 0.5, 1, 1, .nan], bins: 2, from: 0, to: 1, xTitle: "x")
    #expect(chart.counts == [2, 3])
    let heights = places("height", of: "bar", in: chart.plot(name: "h", title: "H"))
    #expect(heights.count == 2 && abs(heights[0] / heights[1] - 2.0 / 3) < 1e-3)
  }

  @Test("steps that go back are drawn hollow, with a legend of both") func steps() {
    let times = [false, false, true].map {
      StepTimes.Step(name: "step", layer: "", seconds: [0.001], isBackward: $0)
    }
    let plot = StepBars(steps: times).plot(name: "s", title: "S")
    // One of each is the legend's.
    #expect(places("width", of: "bar", in: plot).count == 3 && places("width", of: "hollow", in: plot).count == 2)
    #expect(plot.inlineSVG.contains(">forward<") && plot.inlineSVG.contains(">backward and update<"))
  }

  @Test("a reliability bar ends at its accuracy, and the mark stands at its mean confidence") func reliability() {
    var bins = ConfidenceBins(count: 10)
    // Two of 0.875, one right: accuracy one half.
    bins.add(confidence: 0.875, isCorrect: true)
    bins.add(confidence: 0.875, isCorrect: false)
    let plot = ReliabilityChart(bins: bins).plot(name: "r", title: "R")
    // The legend's come first. The floor is where the diagonal begins.
    let (bar, level) = (places("y", of: "bar", in: plot), places("y1", of: "level", in: plot))
    let floor = places("y1", of: "ideal", in: plot).last ?? 0
    let ceiling = places("y2", of: "ideal", in: plot).last ?? 0
    #expect(bar.count == 2 && level.count == 2)
    #expect(abs((floor - bar[1]) / (floor - ceiling) - 0.5) < 1e-3)
    #expect(abs((floor - level[1]) / (floor - ceiling) - 0.875) < 1e-3)
  }

  @Test("cells of a confusion matrix are as dark as their share of the row") func confusion() {
    var matrix = ConfusionMatrix(classCount: 2)
    for (truth, predicted, count) in [(0, 0, 3), (0, 1, 1), (1, 1, 5)] {
      for _ in 0..<count { matrix.add(truth: truth, predicted: predicted) }
    }
    let plot = ConfusionChart(matrix: matrix, names: ["a", "b"]).plot(name: "m", title: "M")
    #expect(places("fill-opacity", of: "cell", in: plot) == [0.75, 0.25, 0, 1])
    #expect(plot.inlineSVG.contains("<title>a taken for b: 1 of 4 (25.0%)</title>"))
  }

  @Test("names that are cut can be told apart") func names() {
    func cut(_ names: [String], isNumbered: Bool = true) -> [String] {
      PlotLabel.shortened(names, to: 100, size: 12, isNumbered: isNumbered)
    }
    #expect(cut(["cat", "dog"]) == ["cat", "dog"])
    #expect(cut(["a long name of a class", "the long name of another"]) == ["a long name o…", "the long nam…"])
    let ends = cut((0..<12).map { "an uncommonly long name of class \($0)" })
    #expect(ends[0].hasPrefix("an ") && ends[0].hasSuffix("class 0") && ends[11].hasSuffix("ass 11"))
    #expect(Set(ends).count == 12)
    let middles = ["an uncommonly long 1 with a long end", "an uncommonly long 2 with a long end"]
    let numbered = cut(middles)
    #expect(numbered[0].hasPrefix("0 an ") && numbered[1].hasPrefix("1 an "))
    #expect(cut(["a", "a"]) == ["0 a", "1 a"] && cut(["a", "a"], isNumbered: false) == ["a", "a"])
    #expect(!cut(middles, isNumbered: false)[0].hasPrefix("0"))
    for name in ends + numbered { #expect(PlotLabel.width(name, size: 12) <= 100, "\(name)") }
    #expect(
      cut(["\u{1F45F}\u{1F45F}\u{1F45F}\u{1F45F}\u{1F45F}\u{1F45F}\u{1F45F}\u{1F45F}"])[0].hasSuffix("\u{1F45F}…"))
  }

  @Test("a PNG reads back as the pixels it was made from, by zlib and the standard's own rules") func png() throws {
    var pixels: [UInt8] = []
    for y in 0..<9 {
      for x in 0..<7 { pixels += [UInt8(x * 30), UInt8(y * 25), UInt8(truncatingIfNeeded: x * y * 11)] }
    }
    let image = Thumbnail(height: 9, width: 7, channels: 3, pixels: pixels)
    let script = """
      import base64, struct, sys, zlib
      data = base64.b64decode(sys.argv[1])
      assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
      place, body = 8, b""
      while place < len(data):
          size, = struct.unpack(">I", data[place:place + 4])
          chunk = data[place + 4:place + 8 + size]
          assert struct.unpack(">I", data[place + 8 + size:place + 12 + size])[0] == zlib.crc32(chunk)
          if chunk[:4] == b"IHDR": header = struct.unpack(">IIBBBBB", chunk[4:])
          if chunk[:4] == b"IDAT": body += chunk[4:]
          place += 12 + size
      width, height, depth, kind, *_ = header
      channels = 3 if kind == 2 else 1
      raw, above, result = zlib.decompress(body), [0] * width * channels, []
      for row in range(height):
          start = row * (width * channels + 1)
          line = list(raw[start + 1:start + 1 + width * channels])
          for i in range(len(line)):
              left = line[i - channels] if i >= channels else 0
              line[i] = (line[i] + {0: 0, 1: left, 2: above[i]}[raw[start]]) % 256
          above = line
          result += line
      print(width, height, depth, kind, *result)
      """
    guard let output = try PeerPython.run(script, arguments: [Base64.text(of: PNGEncoder.encode(image))]) else {
      return
    }
    let found = output.split { $0 == " " || $0 == "\n" }.map(String.init)
    let expected = ["7", "9", "8", "2"] + pixels.map { String($0) }
    #expect(found == expected, "\(output)")
  }

  @Test("base64 of RFC 4648's examples") func base64() {
    let expected = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy",
    ]
    for (text, code) in expected { #expect(Base64.text(of: Array(text.utf8)) == code) }
  }

  @Test("large pictures become small ones by means over squares") func thumbnails() throws {
    // 192 columns become 96: pairs of 0 and 100 are 50 in the range 0...100.
    let values = (0..<192 * 2).map { Float($0 % 2 * 100) }
    let picture = try #require(Thumbnail(values: values, shape: [2, 192, 1], range: 0...100))
    #expect(picture.width == 96 && picture.height == 1)
    #expect(picture.pixels.allSatisfy { $0 == 128 })
    #expect(Thumbnail(values: [1, 2], shape: [2], range: 0...1) == nil)
    #expect(Thumbnail.range(of: [[0, 17, 255]]) == 0...255)
    #expect(Thumbnail.range(of: [[0, 16]]) == 0...16)
    #expect(Thumbnail.range(of: [[-2, 1]]) == -2...1)
  }
}
