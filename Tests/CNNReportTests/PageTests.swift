import CNNTestSupport
import Foundation
import Testing

@testable import CNNReport

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("report pages") struct PageTests {
  private func xmlFault(_ text: String) -> String? {
    let parser = XMLParser(data: Data(text.utf8))
    return parser.parse() ? nil : "line \(parser.lineNumber): \(String(describing: parser.parserError))"
  }

  @Test("every picture is well-formed XML, whatever the classes are called", arguments: [2, 10, 40, 100])
  func pictures(_ count: Int) {
    var names = SampleReports.names(count)
    names[0] = "<script>alert(\"1\" & '2')</script>"
    names[1] = "\u{202E}right to left \u{1F45F}\u{0} \u{FFFE}\u{05D0}\u{05D1}"
    let report = SampleReports.report(.classes(SampleReports.classes(count, names: names)))
    let plots = report.plots
    #expect(
      Set(plots.map(\.name)).isSuperset(of: [
        "curve_accuracy", "curve_loss", "learning_rate", "confusion_matrix", "per_class", "confidence", "reliability",
        "random_samples", "filters", "time_by_step", "time_by_epoch",
      ]))
    #expect(Set(plots.map(\.name)).count == plots.count, "files of one name")
    for plot in plots {
      #expect(xmlFault(plot.fileSVG) == nil, "\(plot.name)")
      #expect(!plot.fileSVG.contains("<script") && !plot.fileSVG.contains("\u{202E}"), "\(plot.name)")
    }
  }

  @Test("nothing that a user wrote becomes markup, in the page or in the data that it holds") func escaping() throws {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
    var report = SampleReports.report(
      .classes(SampleReports.classes(2, names: [hostile, "b"])), title: hostile,
      settings: [.init("data.source", hostile)])
    report.notes = [hostile]
    report.reason = hostile
    let html = report.html
    // One script element, which is data, and no attribute of an event.
    #expect(html.components(separatedBy: "<script").count == 2)
    #expect(html.components(separatedBy: "</script").count == 2)
    #expect(!html.contains("<img src=x"))
    let start = try #require(html.range(of: "id=\"cnnrun-data\">")?.upperBound)
    let end = try #require(html.range(of: "</script>")?.lowerBound)
    let data = try #require(
      try JSONSerialization.jsonObject(with: Data(html[start..<end].utf8)) as? [String: Any])
    #expect(data["name"] as? String == hostile)
  }

  @Test("a page asks for nothing that is not in it") func selfContained() {
    let html = SampleReports.report(.classes(SampleReports.classes(10))).html
    #expect(html.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"))
    for text in ["http:", "https:", "url(", "@import", "javascript:"] { #expect(!html.contains(text), "\(text)") }
  }

  @Test("tables hold every number, quoted where need be") func tables() {
    var evaluation = ClassificationEvaluation(classNames: ["a,b", "say \"c\""], width: 2)
    evaluation.add(labels: [0, 0, 1], outputs: [0.75, 0.25, 0.25, 0.75, 0.5, 0.5])
    let report = SampleReports.report(
      .classes(
        ClassMeasurement(
          split: "test", evaluation: evaluation, isSoftmaxed: false, sampleNames: ["7", "8", "9"], grids: [])))
    let tables = Dictionary(uniqueKeysWithValues: report.tables.map { ($0.name, $0.text) })
    // By hand: two of class 0, one right; the one of class 1 is taken for 0, which comes first of equals.
    #expect(
      tables["confusion_matrix.csv"]
        == "true class,\"a,b\",\"say \"\"c\"\"\"\n\"a,b\",1,1\n\"say \"\"c\"\"\",1,0\n")
    #expect(
      tables["per_class.csv"]
        == "class,precision,recall,f1,samples\n\"a,b\",0.5,0.5,0.5,2\n\"say \"\"c\"\"\",0.0,0.0,0.0,1\n")
    #expect(
      tables["predictions.csv"]?.hasPrefix(
        "sample,true_class,predicted_class,confidence,correct\n7,\"a,b\",\"a,b\",0.75,1\n8,\"a,b\",") == true)
  }

  @Test("figures of a model of values, by hand") func values() {
    // Errors 1, -1, 0, 2: mean magnitude 1, mean square 1.5; about the mean 2.5 the squares are 5 in all.
    let values = ValueMeasurement(
      split: "test", columns: [.init(truth: [1, 2, 3, 4], predictions: [2, 1, 3, 6])],
      sampleNames: ["0", "1", "2", "3"], grids: [])
    #expect(values.meanAbsoluteError == 1)
    #expect(values.rootMeanSquaredError == 1.5.squareRoot())
    #expect(abs((values.determination ?? 0) - (1 - 6.0 / 5)) < 1e-12)
    #expect(values.worst(2) == [3, 0])
  }

  @Test("figures of a model of several values, by hand, with a table of all") func columns() {
    // Of the second column the errors are 0, 4, 0, 0: mean magnitude 1, mean square 4; its squares about 1 are 0 + 0 + 4 + 4.
    let values = ValueMeasurement(
      split: "test",
      columns: [
        .init(name: "a", truth: [1, 2, 3, 4], predictions: [2, 1, 3, 6]),
        .init(name: "b,c", truth: [1, 1, 3, -1], predictions: [1, 5, 3, -1]),
      ], sampleNames: ["0", "1", "2", "3"], grids: [])
    #expect(values.meanAbsoluteError == 1)
    #expect(values.rootMeanSquaredError == ((1.5 + 4) / 2).squareRoot())
    #expect(values.columns[1].determination == 1 - 16.0 / 8)
    #expect(abs((values.determination ?? 0) - (1 - 6.0 / 5 + 1 - 16.0 / 8) / 2) < 1e-12)
    #expect(values.worst(2) == [1, 3])
    let report = SampleReports.report(.values(values))
    #expect(
      report.tables.first?.text.hasPrefix(
        "sample,true a,predicted a,error a,\"true b,c\",\"predicted b,c\",\"error b,c\"\n"
          + "0,1.0,2.0,1.0,1.0,1.0,0.0\n1,2.0,1.0,-1.0,1.0,5.0,4.0\n") == true)
    let names = report.plots.map(\.name)
    for name in ["predictions_0", "errors_0", "predictions_1", "errors_1"] { #expect(names.contains(name)) }
  }

  @Test("names of metrics are written as people write them") func titles() {
    #expect(
      ["auc", "f1", "top_k_accuracy", "loss", "precision_shirt"].map(TrainingReport.sentence) == [
        "AUC", "F1", "Top-k accuracy", "Loss", "Precision shirt",
      ])
    #expect(TrainingReport.spoken("val_auc") == "validation AUC")
  }

  // MARK: In a browser

  static let pages: [(String, TrainingReport)] = [
    ("2 classes", SampleReports.report(.classes(SampleReports.classes(2)), epochs: 1)),
    ("10 classes", SampleReports.report(.classes(SampleReports.classes(10)))),
    ("20 classes", SampleReports.report(.classes(SampleReports.classes(20)))),
    ("40 classes", SampleReports.report(.classes(SampleReports.classes(40)), epochs: 200)),
    ("100 classes", SampleReports.report(.classes(SampleReports.classes(100)), epochs: 37)),
    ("values", SampleReports.report(.values(SampleReports.values()), validates: false)),
    (
      "several values",
      SampleReports.report(
        .values(SampleReports.values((0..<8).map { "an uncommonly long name of a column, number \($0)" })))
    ),
    ("nothing measured", SampleReports.report(nil, epochs: 0)),
    (
      "long names",
      SampleReports.report(
        .classes(
          SampleReports.classes(
            12,
            names: (0..<12).map { "an\($0 % 2 == 0 ? "_" : " ")uncommonly long name of a class, number \($0)" })),
        title: String(repeating: "averylongname", count: 12))
    ),
  ]

  @Test("in a browser no text collides, nothing is wider than the window, the console is silent", arguments: 0..<9)
  func layout(_ index: Int) throws {
    if let absence = Browser.absence { return print(absence) }
    let (name, report) = Self.pages[index]
    let questions = [(1280, false), (1280, true), (390, false), (390, true)].map { width, isDark in
      Browser.Question(
        width: width, isDark: isDark,
        expressions: [
          "overflow": Browser.overflow, "collisions": Browser.collisions,
          "background": "getComputedStyle(document.body).backgroundColor",
          "heading": "document.querySelector('h1').textContent",
        ])
    }
    let answers = try Browser.ask(report.html, questions)
    for (question, answer) in zip(questions, answers) {
      let place = "\(name), \(question.width) px, \(question.isDark ? "dark" : "light")"
      #expect(answer.errors.isEmpty, "\(place): \(answer.errors)")
      #expect(answer.number("overflow") == 0, "\(place)")
      #expect(answer.values["collisions"] == "\"\"", "\(place): \(answer.values["collisions"] ?? "")")
      #expect(answer.values["background"] == (question.isDark ? "\"rgb(18, 23, 30)\"" : "\"rgb(255, 255, 255)\""))
      #expect(answer.values["heading"] == "\"\(report.title)\"")
    }
  }

  /// Words of tables that are broken other than behind a dot, an underscore, a slash or a hyphen.
  private static let brokenWords = """
    (() => {
      const found = [];
      for (const cell of document.querySelectorAll('td, th')) {
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          for (const word of node.data.matchAll(/[^\\s-]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word[0]);
          }
        }
      }
      return found.join(' ');
    })()
    """

  /// Settings with long names and long values.
  private static let settings: [SpecFacts.Setting] = [
    .init("name", "sample"), .init("training.optimizer.adam.gradient_accumulation_steps", "none"),
    .init("training.callbacks[0].tensorboard.write_steps_per_second", "false"),
    .init("training.callbacks[0].tensorboard.path", "/a/folder/of_folders/with.dots/and/more/of/them/logs"),
    .init("training.optimizer.adam.learning_rate", "0.0012345"),
  ]

  @Test("no word of a table is broken, no type of a picture too small, confused pairs stand beside the matrix")
  func legibility() throws {
    if let absence = Browser.absence { return print(absence) }
    let smallest = """
      Math.min(...[...document.querySelectorAll('svg.plot text')].map(text => {
        const svg = text.closest('svg');
        return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      }))
      """
    let gap =
      "document.querySelector('.aside').getBoundingClientRect().top - document.querySelector('.wide').getBoundingClientRect().bottom"
    let names = (0..<20).map { "an uncommonly_long.name of a class, number \($0)" }
    for names in [SampleReports.names(10), names] {
      let report = SampleReports.report(
        .classes(SampleReports.classes(names.count, names: names)), settings: Self.settings)
      let answers = try Browser.ask(
        report.html,
        [1280, 390].map { width in
          Browser.Question(
            width: width, isDark: false,
            expressions: ["broken": Self.brokenWords, "smallest": smallest, "gap": gap, "overflow": Browser.overflow])
        })
      for answer in answers {
        #expect(answer.values["broken"] == "\"\"")
        #expect(answer.number("smallest") ?? 0 >= 9.4)
        #expect(answer.number("overflow") == 0)
      }
      #expect(answers[0].number("gap") ?? 0 < 0)
    }
  }

  @Test("on paper everything is open, with its heading, and nothing is said of pointing") func paper() throws {
    if let absence = Browser.absence { return print(absence) }
    let report = SampleReports.report(.classes(SampleReports.classes(20)), settings: Self.settings)
    // The rules of paper, on the screen.
    let script = """
      (() => {
        for (const rule of document.styleSheets[0].cssRules)
          if (rule instanceof CSSMediaRule && rule.media.mediaText === 'print') rule.media.mediaText = 'all';
          else if (rule instanceof CSSMediaRule) rule.media.mediaText = 'not all';
        return [...document.querySelectorAll('details')].map(details => [
          details.querySelector('summary').offsetHeight > 0,
          details.lastElementChild.checkVisibility({contentVisibilityAuto: true}) && details.lastElementChild.offsetHeight > 20,
          details.open].join(' ')).join(', ') + '; ' + getComputedStyle(document.querySelector('.pointing')).display;
      })()
      """
    let answer = try #require(
      try Browser.ask(report.html, [.init(width: 700, isDark: false, expressions: ["print": script])]).first)
    let open = "true true false"
    #expect(answer.values["print"] == "\"\(open), \(open), \(open); none\"")
  }

  @Test("pointing is spoken of only where a cell does not show its counts, and can") func pointing() {
    for (count, says) in [(2, false), (10, false), (11, true), (100, true), (160, false)] {
      let html = SampleReports.report(.classes(SampleReports.classes(count))).html
      #expect(html.contains("Point at a cell for its counts.") == says, "\(count) classes")
    }
  }

  @Test("names may be broken behind dots, underscores and slashes, numbers nowhere") func breaks() {
    #expect(HTML.breakable("a.b_c/d") == "<bdi>a.<wbr>b_<wbr>c/<wbr>d</bdi>")
    #expect(HTML.breakable("0.001 1/255 conv2d_1 x_") == "<bdi>0.001 1/255 conv2d_1 x_</bdi>")
    #expect(HTML.breakable("a/2026 .5") == "<bdi>a/<wbr>2026 .5</bdi>")
    #expect(HTML.breakable("<&>.\"") == "<bdi>&lt;&amp;&gt;.<wbr>&quot;</bdi>")
  }

  private static func run(_ path: String) -> RunSummary {
    RunSummary(
      path: path, state: "done", epochsDone: 3, epochs: 3, monitor: "loss", bestEpoch: 3, bestValue: 1,
      figures: [("loss", 1), ("sparse_top_k_categorical_accuracy", 0.5)], evaluation: [], seconds: 1, startedAt: 0,
      parameters: 1, reason: nil)
  }

  @Test("a comparison draws what two runs have, and says what only one has") func comparison() throws {
    let runs = ["runs/an_uncommonly_long_name_of_a_run-1", "runs/b", "runs/an_uncommonly_long_name_of_a_run-2"]
    let histories = [
      SampleReports.history(epochs: 3), SampleReports.history(epochs: 2, validates: false),
      TrainingHistory([("loss", [1]), ("auc", [1])]),
    ]
    let page = ComparisonPage(
      RunComparison(runs.map(Self.run), facts: [nil, nil, nil]), histories: histories)
    #expect(page.plots.map(\.name) == ["compare_loss", "compare_accuracy"])
    #expect(
      page.html.contains(
        "<p class=\"soft\">Not drawn, as only one run has them: \(TrainingReport.spoken("val_loss")), "
          + "\(TrainingReport.spoken("val_accuracy")) (\(runs[0])); \(TrainingReport.spoken("auc")) (\(runs[2])).</p>"))
    let same = ComparisonPage(
      RunComparison([Self.run("a"), Self.run("b")], facts: [nil, nil]), histories: [histories[0], histories[0]])
    #expect(same.plots.count == 4 && !same.html.contains("only one run"))
    if let absence = Browser.absence { return print(absence) }
    let questions = [1280, 390].map { width in
      Browser.Question(
        width: width, isDark: false,
        expressions: [
          "broken": Self.brokenWords, "overflow": Browser.overflow, "collisions": Browser.collisions,
        ])
    }
    for answer in try Browser.ask(page.html, questions) {
      #expect(answer.values["broken"] == "\"\"" && answer.values["collisions"] == "\"\"")
      #expect(answer.number("overflow") == 0)
    }
  }

  @Test("points stand where their values say, on the screen") func positions() throws {
    if let absence = Browser.absence { return print(absence) }
    let report = SampleReports.report(.classes(SampleReports.classes(10)))
    // Of the accuracy of the training: places of the points, and of the axis's marks beside them.
    let script = """
      (() => {
        const svg = document.querySelector('#plot-curve_accuracy');
        const center = e => { const b = e.getBoundingClientRect(); return [(b.left + b.right) / 2, (b.top + b.bottom) / 2]; };
        const points = [...svg.querySelectorAll('circle.dot0')].map(center);
        const ticks = [...svg.querySelectorAll('text.tick')].map(t => [t.textContent, ...center(t)]);
        const lines = [...svg.querySelectorAll('line.grid')].map(l => l.getBoundingClientRect().top);
        return {points, ticks, lines};
      })()
      """
    let answer = try #require(
      try Browser.ask(report.html, [.init(width: 1280, isDark: false, expressions: ["places": script])]).first)
    let places = try #require(
      try JSONSerialization.jsonObject(with: Data((answer.values["places"] ?? "").utf8)) as? [String: Any])
    let points = try #require(places["points"] as? [[Double]])
    let lines = try #require(places["lines"] as? [Double])
    let labels = try #require(places["ticks"] as? [[Any]]).compactMap { Double($0[0] as? String ?? "") }
    let accuracy = try #require(report.history.series.first { $0.0 == "accuracy" }?.1)
    #expect(points.count == accuracy.count)
    // The first marks are those of the values' axis, one a line: what a person reads off.
    let (low, high) = (labels[0], labels[lines.count - 1])
    let (lowPlace, highPlace) = (lines[0], lines[lines.count - 1])
    for (point, value) in zip(points, accuracy) {
      let read = low + (point[1] - lowPlace) / (highPlace - lowPlace) * (high - low)
      #expect(abs(read - value) < 0.01 * (high - low), "\(read) for \(value)")
    }
    // Epochs are equally far from each other.
    let steps = zip(points.dropFirst(), points).map { $0[0] - $1[0] }
    for step in steps { #expect(abs(step - steps[0]) < 0.1) }
  }
}
