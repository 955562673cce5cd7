/// Pictures in rows, each with a line or two beneath it.
package struct PictureGrid: Sendable {
  package struct Item: Sendable {
    package let picture: Thumbnail
    /// As the reference tutorial has it: `Sneaker: 0.93`.
    package let caption: String
    /// What it is in truth, where that is to be said.
    package let truth: String?
    package let isWrong: Bool
    /// The sample's name, where one points at it.
    package let tip: String

    package init(picture: Thumbnail, caption: String, truth: String?, isWrong: Bool, tip: String) {
      self.picture = picture
      self.caption = caption
      self.truth = truth
      self.isWrong = isWrong
      self.tip = tip
    }
  }

  package let name, title: String
  /// Said beneath the title.
  package let note: String
  package let items: [Item]

  package init(name: String, title: String, note: String, items: [Item]) {
    self.name = name
    self.title = title
    self.note = note
    self.items = items
  }

  private static let side = 112.0
  private static let gap = 14.0
  private static let perRow = 6

  /// As a picture of its own.
  package var plot: Plot {
    let columns = max(1, min(Self.perRow, items.count))
    let rowHeight = Self.side + 44
    let rows = (items.count + columns - 1) / columns
    var plot = Plot(
      name: name, title: title, summary: "\(note): " + items.map(\.caption).joined(separator: "; "),
      width: max(360, Double(columns) * (Self.side + Self.gap) - Self.gap), height: 44 + Double(rows) * rowHeight)
    plot.text(0, 14, title, "title")
    plot.text(0, 32, PlotLabel.shortened(note, to: plot.width, size: 11), "soft")
    for (index, item) in items.enumerated() {
      let x = Double(index % columns) * (Self.side + Self.gap)
      let y = 44 + Double(index / columns) * rowHeight
      let scale = Self.side / Double(max(item.picture.width, item.picture.height))
      let (width, height) = (Double(item.picture.width) * scale, Double(item.picture.height) * scale)
      plot.image(
        x + (Self.side - width) / 2, y + (Self.side - height) / 2, width, height, item.picture.dataURI, tip: item.tip)
      plot.text(
        x, y + Self.side + 15, PlotLabel.shortened(item.caption, to: Self.side + 6, size: Plot.Size.label),
        item.isWrong ? "miss" : "label", tip: item.caption)
      if let truth = item.truth {
        plot.text(
          x, y + Self.side + 30, PlotLabel.shortened(truth, to: Self.side + 6, size: 11), "soft", tip: truth)
      }
    }
    return plot
  }

  /// In a page, where it takes as many columns as there is room for.
  var html: String {
    let figures = items.map { item in
      "<figure\(item.isWrong ? " class=\"wrong\"" : "")><img\(item.picture.isSmall ? " class=\"pixels\"" : "") src=\"\(item.picture.dataURI)\" alt=\"\(SVGText.escaped(item.tip))\" title=\"\(SVGText.escaped(item.tip))\" width=\"\(item.picture.width)\" height=\"\(item.picture.height)\"><figcaption><bdi>\(SVGText.escaped(item.caption))</bdi>"
        + (item.truth.map { "<small><bdi>\(SVGText.escaped($0))</bdi></small>" } ?? "") + "</figcaption></figure>"
    }
    return "<div class=\"grid\">" + figures.joined(separator: "\n") + "</div>"
  }
}

extension FilterSheet {
  private static let side = 46.0
  private static let gap = 5.0
  private static let perRow = 16

  package var plot: Plot {
    let columns = max(1, min(Self.perRow, pictures.count))
    let rows = (pictures.count + columns - 1) / columns
    var plot = Plot(
      name: "filters", title: "Filters of \(layer)", summary: caption,
      width: max(300, Double(columns) * (Self.side + Self.gap)), height: 26 + Double(rows) * (Self.side + Self.gap))
    plot.text(0, 14, plot.title, "title")
    for (index, picture) in pictures.enumerated() {
      plot.image(
        Double(index % columns) * (Self.side + Self.gap), 26 + Double(index / columns) * (Self.side + Self.gap),
        Self.side, Self.side * Double(picture.height) / Double(max(picture.height, picture.width)), picture.dataURI,
        tip: "filter \(index)")
    }
    return plot
  }

  var html: String {
    let pictures = pictures.enumerated().map { index, picture in
      "<img class=\"pixels\" src=\"\(picture.dataURI)\" alt=\"filter \(index)\" title=\"filter \(index)\" width=\"\(picture.width)\" height=\"\(picture.height)\">"
    }
    return "<div class=\"filters\">" + pictures.joined(separator: "\n") + "</div>"
  }
}
