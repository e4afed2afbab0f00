import TortureCore
import TortureFailures

/// The parts of a picture in words.
extension FailurePicture {
  /// Where power was cut, in a sentence.
  var cutsText: String {
    guard !cuts.isEmpty else { return "Power was not cut." }
    let text = cuts.map(\.text).joined(separator: ", and again ")
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}

extension FailurePicture.Step {
  var text: String {
    operation.text(by: thread, isContinued: isContinued) + (failure.map { ": failed: \($0)" } ?? "")
  }
}

extension FailurePicture.Subject {
  var text: String {
    switch self {
    case .loss(let loss): loss.text
    case .dropped(let dropped): dropped.text
    case .failedCheck: "the check that failed"
    case .waiting(let thread): "where \(thread) waits"
    }
  }
}
