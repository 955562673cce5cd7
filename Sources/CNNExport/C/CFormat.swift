package import CNNModel

extension ExportFormat {
  /// Source of C, for whatever has a compiler: microcontrollers, other languages, programs without dependencies.
  static let c = ExportFormat(
    "c", "a header and a source of C99 without dependencies",
    files: { options in
      let name = options.cFileName
      return ["\(name).h", "\(name).c"] + (options.hasDemo ? ["\(name)_main.c"] : [])
    },
    make: { model, options throws(ExportError) in
      let text = try CModel(model, options)
      let demo = CDemo.text(text, of: model)
      return [
        ExportedFile(name: "\(text.fileName).h", bytes: text.header),
        ExportedFile(name: "\(text.fileName).c", bytes: text.source),
      ] + (options.hasDemo ? [ExportedFile(name: "\(text.fileName)_main.c", bytes: Array(demo.utf8))] : [])
    },
    readBack: { files, model, trial, options throws(ExportError) in
      try CReadBack.run(files, model, trial, options)
    })
}

extension ExportOptions {
  /// Whether a text can be `cName`.
  package static func isCName(_ text: String) -> Bool { CIdentifier.isOne(text) }
}
