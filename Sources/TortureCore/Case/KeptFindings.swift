/// The findings that a case keeps: the first of each kind of failure, and while there is room, more of them.
///
/// A loud bug violates thousands of crash states before a quiet one violates its first. So a finding that looks like none
/// before it (`FailureSignature`) takes the place of the last one that looks like an earlier one. Where no two look alike,
/// one of a new kind of violation takes the place of the last one whose kind was met before.
struct KeptFindings {
  private struct Entry {
    var finding: Finding
    var signature: FailureSignature

    func looksLike(_ other: Entry) -> Bool { signature == other.signature }

    func isOfKind(of other: Entry) -> Bool {
      signature.kind == other.signature.kind && signature.message == other.signature.message
    }
  }

  private var entries: [Entry] = []

  /// In the order in which they were met.
  var all: [Finding] { entries.map(\.finding) }

  /// Keeps a finding.
  ///
  /// - Returns: whether it was kept.
  mutating func add(_ finding: Finding) -> Bool {
    let entry = Entry(finding: finding, signature: FailureSignature(finding))
    if entries.count == CaseResult.findingsMax {
      guard let place = place(for: entry) else { return false }
      entries.remove(at: place)
    }
    entries.append(entry)
    return true
  }

  /// The place of the finding that has to go for `entry`; nil where all of them have more to say.
  private func place(for entry: Entry) -> Int? {
    for isLike in [Entry.looksLike, Entry.isOfKind] {
      if entries.contains(where: { isLike(entry)($0) }) { return nil }
      let repeated = entries.indices.last { index in
        entries[..<index].contains { isLike(entries[index])($0) }
      }
      if let repeated { return repeated }
    }
    return nil
  }
}
