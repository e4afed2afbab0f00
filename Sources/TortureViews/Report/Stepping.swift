import TortureFailures

/// The files of a failure after each operation, as the page goes through them.
struct Stepping {
  private let steps: [FailurePicture.Step]

  /// Nil where no operation returned before the power cut.
  init?(_ picture: FailurePicture) {
    steps = picture.steps.filter { !$0.files.isEmpty }
    if steps.isEmpty { return nil }
  }

  /// The values of the template.
  var values: [String: Any] {
    [
      "moments": steps.map {
        ["text": PlainText.of($0.text), "files": $0.files.map(values)] as [String: Any]
      }
    ]
  }

  private func values(_ file: FileView) -> [String: Any] {
    var values: [String: Any] = [
      "name": PlainText.of(file.name), "seen": length(file.seenLength), "synced": length(file.syncedLength),
      "differs": file.difference != nil,
    ]
    if let difference = file.difference {
      let bytes = Figure.count(difference.count, "byte")
      values["difference"] = [
        "place": "at byte \(Figure.grouped(difference.offset)); \(bytes) in all",
        "seen": spaced(difference.seen),
        "synced": spaced(difference.synced),
      ]
    }
    return values
  }

  private func length(_ length: Int?) -> String { length.map(Figure.grouped) ?? "no such file" }

  /// `00 ff`; a dash where the file has ended.
  private func spaced(_ digits: String) -> String {
    let pairs = stride(from: 0, to: digits.count, by: 2).map { start in
      digits.dropFirst(start).prefix(2)
    }
    return pairs.isEmpty ? "–" : pairs.joined(separator: " ")
  }
}
