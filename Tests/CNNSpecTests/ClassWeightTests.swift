import CNNBuiltIn
import CNNDiagnostics
import CNNSpec
import Testing

/// Classes by name and by number, of sets whose classes are known: Zalando's and Krizhevsky's own lists.
@Suite struct ClassWeightTests {
  private static func loaded(_ weights: String, data: String = "source: fashion_mnist") -> Loaded {
    let extents = data.contains("cifar") ? "[32, 32, 3]" : data.contains("digits") ? "[8, 8, 1]" : "[28, 28, 1]"
    let outputs = data.contains("cifar100") ? 100 : 10
    return Loaded(
      """
      data: {\(data), rescale: 1/255}
      model: {input: \(extents), layers: [flatten, {dense: \(outputs)}, softmax]}
      training: {optimizer: adam, loss: categorical_crossentropy, class_weight: \(weights)}

      """)
  }

  @Test(
    "names of built-in sets are checked",
    arguments: [
      ("{Shirt: 2, Ankle boot: 3}", "source: fashion_mnist", []), ("{Shirts: 2}", "source: fashion_mnist", ["Shirts"]),
      ("{Shirt: 2, Boot: 3, 12: 4}", "source: fashion_mnist", ["Boot", "12"]),
      ("{dog: 2, 9: 3}", "source: cifar10", []),
      ("{dogs: 2}", "source: cifar10", ["dogs"]), ("{7: 2, 9: 3}", "source: mnist", []),
      ("{seven: 2}", "source: mnist", ["seven"]), ("{seven: 2}", "source: digits", ["seven"]),
      ("{maple_tree: 2, 99: 3}", "source: cifar100", []), ("{mapel_tree: 2}", "source: cifar100", ["mapel_tree"]),
      ("{T-shirt/top: 2}", "source: fashion_mnist, class_names: [a, b, c, d, e, f, g, h, i, j]", ["T-shirt/top"]),
    ])
  func names(weights: String, data: String, unknown: [String]) {
    let found = Self.loaded(weights, data: data)
    #expect(found.messages == unknown.map { "there is no class `\($0)`" }, "\(found.rendered)")
  }

  @Test("a name that is nearly one is told, and one class named twice")
  func repairs() {
    let found = Self.loaded("{Shirts: 2, 6: 3, Shirt: 4}")
    #expect(found.diagnostics.map(\.label) == ["did you mean `Shirt`?", ""])
    #expect(found.diagnostics.last?.message == "`Shirt` is the class that `6` names already")
  }

  @Test("numbers are checked where names are not known, and names are left")
  func unknownNames() {
    let found = Self.loaded("{Shirt: 2, 12: 3}", data: "source: fashion_mnist, class_names: [a, b]")
    #expect(found.codes.sorted() == ["CN4114", "CN4204"], "\(found.rendered)")
    #expect(found.messages.contains("there is no class `12`"))
  }

  @Test("the names are as many as the classes, and each is there once", arguments: BuiltInData.allCases)
  func counts(data: BuiltInData) { #expect(Set(data.classNames).count == data.classCount) }
}
