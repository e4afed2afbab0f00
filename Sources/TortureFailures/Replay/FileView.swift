import FaultFS
import TortureCore

/// A file at one moment of a run, twice: as the program sees it, and as it is on the disk once a power cut has taken all that
/// it may.
package struct FileView: Codable, Hashable, Sendable {
  /// Where the two differ first.
  package struct Difference: Codable, Hashable, Sendable {
    /// The first byte that differs, and how many do; one that only the longer has differs.
    package var offset: Int
    package var count: Int
    /// What is there from this byte on, in hexadecimal; shorter where the file ends.
    package var seen: String
    package var synced: String
  }

  package var name: String
  /// How many bytes it has; nil where there is no such file.
  package var seenLength: Int?
  package var syncedLength: Int?
  /// Nil where the two are the same bytes.
  package var difference: Difference?

  /// This many bytes of a difference are kept.
  private static let bytesMax = 16
  /// This many files are looked at.
  private static let filesMax = 8

  package init(name: String, seen: [UInt8]?, synced: [UInt8]?) {
    self.name = name
    seenLength = seen?.count
    syncedLength = synced?.count
    let (seen, synced) = (seen ?? [], synced ?? [])
    let common = min(seen.count, synced.count)
    let differing = (0..<common).lazy.filter { seen[$0] != synced[$0] }
    let rest = max(seen.count, synced.count) - common
    guard let offset = differing.first ?? (rest > 0 ? common : nil) else { return }
    func digits(_ bytes: [UInt8]) -> String {
      Hexadecimal.text(bytes[min(offset, bytes.count)..<min(offset + Self.bytesMax, bytes.count)])
    }
    difference = Difference(
      offset: offset, count: differing.count { _ in true } + rest, seen: digits(seen), synced: digits(synced))
  }

  /// The files that the run had touched at the window's point, in the order in which it first did.
  static func all(at window: CrashWindow) -> [FileView] {
    var names: [String] = []
    for number in 0..<window.point {
      let call = StorageCall(window.timeline.operation(number))
      for name in [call.name, call.newName].compactMap(\.self)
      where !call.isOfDirectory && !names.contains(name) {
        names.append(name)
      }
    }
    func contents(_ state: CrashState) -> [[UInt8]?] {
      window.withDisk(showing: state, keepsVersions: false) { disk in names.map { disk.bytes(of: $0) } }
    }
    let views = zip(names, zip(contents(window.everythingKept), contents(window.nothingKept))).map {
      FileView(name: $0, seen: $1.0, synced: $1.1)
    }
    return Array(views.filter { $0.seenLength != nil || $0.syncedLength != nil }.prefix(filesMax))
  }
}

extension StorageCall {
  fileprivate var isOfDirectory: Bool {
    switch kind {
    case .makeDirectory, .removeDirectory, .syncDirectory: true
    default: false
    }
  }
}
