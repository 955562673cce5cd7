internal import CKernels

/// Fetches the batch's samples from where the data set keeps them, as floats, and their labels.
///
/// It is the first step of a worker's images, so that what it brings is still in the cache when the first
/// layer reads it.
package struct GatherSamples: KernelCall {
  package let table: KernelTable
  package let count: Int
  package let target: Slot

  package init(table: KernelTable, count: Int, target: Slot) {
    self.table = table
    self.count = count
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    guard let indices = unsafe frame.samples.indices else { return }
    for image in part.images {
      let to = unsafe frame.floats(target, part, image: image)
      let start = unsafe Int(indices[image]) * count
      switch unsafe frame.samples.storage {
      case .none: break
      case .bytes(let bytes): unsafe table.functions.bytes_to_float(bytes + start, Int64(count), to)
      case .floats(let floats): unsafe to.update(from: floats + start, count: count)
      }
    }
  }
}

/// Fetches the batch's labels: one class index, or `width` target values, a sample.
package struct GatherLabels: KernelCall {
  package let width: Int
  package let target: Slot

  package init(width: Int, target: Slot) {
    self.width = width
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    guard let indices = unsafe frame.samples.indices else { return }
    for image in part.images {
      let index = unsafe Int(indices[image])
      switch unsafe frame.samples.labels {
      case .none: break
      case .classes(let classes): unsafe frame.integers(target, part, image: image).pointee = classes[index]
      case .targets(let targets):
        unsafe frame.floats(target, part, image: image).update(from: targets + index * width, count: width)
      }
    }
  }
}
