/// Pixels at the four sides of an image.
package struct Margins: Sendable, Hashable {
  package var top, bottom, left, right: Int

  package init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  /// `1+1 x 0+2`: top and bottom, left and right.
  package var text: String { "\(top)+\(bottom) x \(left)+\(right)" }
}
