// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is held to the same strictness: language mode 6 and marked unsafe code.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], exclude: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strict)
}

let strict: [SwiftSetting] = [.strictMemorySafety()]

let package = Package(
  name: "cnnrun",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "cnnrun", targets: ["cnnrun"]),
    // Not `CNNRun`: where file systems ignore case, it and the command would be built into one folder.
    .library(name: "CNNRunKit", targets: ["CNNRunKit"]),
  ],
  dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")],
  targets: [
    // 0: C
    .target(name: "CKernels"),
    .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CSpng", pkgConfig: "spng", providers: [.apt(["libspng-dev"]), .brew(["libspng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    // 0: libhdf5, opened when a file of it is: linked, it would cost each start more than all else
    .target(name: "CHDF5", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    // 0: data that travels with the program
    .target(
      name: "CNNDigits", exclude: ["README.md", "make_digits.py"],
      resources: [.embedInCode("images-idx3-ubyte.gz"), .embedInCode("labels-idx1-ubyte.gz")], swiftSettings: strict),
    // 1: no knowledge of networks
    module("CNNDiagnostics"),
    module("CNNBuiltIn"),
    module("CNNFiles"),
    module("CNNKernels", ["CKernels"]),
    // 2
    module("CNNYAML", ["CNNDiagnostics", "CLibYAML"]),
    module("CNNGraph", ["CNNDiagnostics"]),
    // 3
    module("CNNSpec", ["CNNYAML", "CNNGraph", "CNNBuiltIn", "CNNDiagnostics"]),
    module("CNNPlan", ["CNNGraph", "CNNKernels", "CNNDiagnostics"]),
    // 4
    module("CNNSession", ["CNNPlan", "CNNGraph", "CNNKernels", "CNNFiles", "CNNDiagnostics"]),
    module("CNNReport", ["CNNDiagnostics", "CZlib"]),
    // 5
    module(
      "CNNData",
      [
        "CNNSession", "CNNKernels", "CNNFiles", "CNNBuiltIn", "CNNDiagnostics", "CNNDigits", "CZlib", "CSpng",
        "CTurboJPEG",
      ]),
    // 6
    module("CNNLayers", ["CNNSpec", "CNNPlan", "CNNGraph", "CNNKernels", "CNNSession", "CNNDiagnostics"]),
    // 7: what was learnt
    module("CNNModel", ["CNNLayers", "CNNSpec", "CNNSession", "CNNGraph", "CNNKernels", "CNNFiles", "CNNDiagnostics"]),
    // 8: models for others, and theirs for us
    module(
      "CNNExport",
      [
        "CNNModel", "CNNLayers", "CNNData", "CNNPlan", "CNNSpec", "CNNYAML", "CNNSession", "CNNGraph", "CNNKernels",
        "CNNFiles", "CNNDiagnostics", "CHDF5",
      ]),
    // 9: what a training begins with
    module(
      "CNNTraining",
      [
        "CNNExport", "CNNModel", "CNNLayers", "CNNData", "CNNReport", "CNNSession", "CNNPlan", "CNNGraph", "CNNSpec",
        "CNNKernels", "CNNFiles", "CNNDiagnostics",
      ]),
    // 10: for programs in Swift
    module(
      "CNNRunKit",
      [
        "CNNTraining", "CNNModel", "CNNLayers", "CNNData", "CNNSession", "CNNGraph", "CNNSpec", "CNNKernels",
        "CNNFiles", "CNNDiagnostics",
      ]),
    .executableTarget(
      name: "cnnrun-example", dependencies: ["CNNRunKit"], path: "Sources/Example", swiftSettings: strict),
    // 10: the command
    .executableTarget(
      name: "cnnrun",
      dependencies: [
        "CNNTraining", "CNNExport", "CNNModel", "CNNLayers", "CNNData", "CNNReport", "CNNSession", "CNNPlan",
        "CNNGraph", "CNNSpec", "CNNYAML", "CNNKernels", "CNNFiles", "CNNBuiltIn", "CNNDiagnostics",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: strict),
    // tests
    .target(
      name: "CNNTestSupport",
      dependencies: ["CNNGraph", "CNNLayers", "CNNPlan", "CNNSession", "CNNKernels", "CNNFiles"],
      path: "Tests/CNNTestSupport", exclude: ["browser.py"], swiftSettings: strict),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("CNNDiagnosticsTests", ["CNNDiagnostics"]),
    tests("CNNYAMLTests", ["CNNYAML", "CNNDiagnostics"]),
    tests("CNNGraphTests", ["CNNGraph", "CNNLayers", "CNNSpec", "CNNDiagnostics", "CNNTestSupport"]),
    tests(
      "CNNSpecTests", ["CNNBuiltIn", "CNNSpec", "CNNYAML", "CNNGraph", "CNNLayers", "CNNDiagnostics", "CNNTestSupport"],
      exclude: ["Fixtures"]),
    tests("CNNKernelsTests", ["CNNKernels", "CKernels"]),
    tests(
      "CNNPlanTests", ["CNNPlan", "CNNGraph", "CNNKernels", "CNNLayers", "CNNSession", "CNNTestSupport"]),
    tests(
      "CNNSessionTests",
      [
        "CNNSession", "CNNGraph", "CNNKernels", "CNNPlan", "CNNLayers", "CNNSpec", "CNNData", "CNNDiagnostics",
        "CNNFiles", "CNNTestSupport", "CAllocations",
      ]),
    tests(
      "EndToEndTests", ["cnnrun", "cnnrun-example", "CNNRunKit", "CNNFiles", "CNNTestSupport"],
      exclude: ["Fixtures"]),
    tests(
      "CNNExportTests",
      [
        "CNNExport", "CNNModel", "CNNLayers", "CNNSpec", "CNNYAML", "CNNSession", "CNNGraph", "CNNKernels", "CNNFiles",
        "CNNDiagnostics", "CNNTestSupport",
      ], exclude: ["Fixtures"]),
    tests("CNNReportTests", ["CNNReport", "CNNTestSupport"], exclude: ["Fixtures"]),
    tests("CNNDataTests", ["CNNData", "CNNFiles", "CNNSpec", "CNNTestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
