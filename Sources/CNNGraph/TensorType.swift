/// What one element of a tensor is.
package enum ElementType: String, Sendable, Hashable {
  case float32 = "f32"
  case uint8 = "u8"
  case int32 = "i32"

  package var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .uint8: 1
    }
  }
}

/// Element type and extents of a value.
///
/// A batched value has one tensor of these extents for each sample; the batch is written `N` and is
/// never among `extents`, so every shape holds for any batch size.
package struct TensorType: Sendable, Hashable {
  /// Row-major, slowest first: `[H, W, C]` of an image, `[kh, kw, in, out]` of a filter.
  package let extents: [Int]
  package let element: ElementType
  package let isBatched: Bool

  package init(_ extents: [Int], element: ElementType = .float32, isBatched: Bool = true) {
    self.extents = extents
    self.element = element
    self.isBatched = isBatched
  }

  /// A parameter's type: no batch.
  package static func parameter(_ extents: [Int]) -> TensorType { TensorType(extents, isBatched: false) }

  package var rank: Int { extents.count }

  /// Elements of one sample (of the whole value where there is no batch).
  ///
  /// Front ends hold types to `SizeLimits` before they reach the graph, so the product cannot overflow.
  package var elementCount: Int { extents.reduce(1, *) }

  package var byteCount: Int { elementCount * element.byteCount }

  package func with(extents: [Int]) -> TensorType {
    TensorType(extents, element: element, isBatched: isBatched)
  }

  package func with(element: ElementType) -> TensorType {
    TensorType(extents, element: element, isBatched: isBatched)
  }
}

extension TensorType: CustomStringConvertible {
  /// `f32[N,24,24,32]`
  package var description: String {
    let axes = (isBatched ? ["N"] : []) + extents.map(String.init)
    return "\(element.rawValue)[\(axes.joined(separator: ","))]"
  }
}

/// Bounds on what a spec may ask for, so that no size computed later can overflow.
package enum SizeLimits {
  package static let extent = 1 << 20
  package static let elements = 1 << 40
  /// Of a tensor that is computed and not only described: kernels count its elements in 32 bits.
  package static let computedElements = Int(Int32.max)

  /// The product of extents, or `nil` where one is below 1 or above `extent`, or the product above `elements`.
  package static func elementCount(_ extents: [Int]) -> Int? {
    var product = 1
    for extent in extents {
      guard extent >= 1, extent <= Self.extent || extents.count == 1 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, next <= elements else { return nil }
      product = next
    }
    return product
  }
}
