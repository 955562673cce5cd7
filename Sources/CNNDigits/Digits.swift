/// The handwritten digits that travel with the program: two gzipped IDX files (see README.md).
package enum Digits {
  /// 1,797 x 8 x 8 unsigned bytes of 0 to 16.
  package static var images: [UInt8] { PackageResources.images_idx3_ubyte_gz }
  /// 1,797 unsigned bytes of 0 to 9.
  package static var labels: [UInt8] { PackageResources.labels_idx1_ubyte_gz }
}
