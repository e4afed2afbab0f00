package import FaultFS
import FaultMount
package import KernelDisk

/// What a sync that fails leaves behind on a file system of this kernel: what is returned to whom, what reads show, and what a crash leaves.
package struct FailedSyncTrial: Sendable, Codable {
  /// Which writes of the disk fail.
  package enum Place: String, Sendable, Codable, CaseIterable {
    /// That of the file's new bytes, once.
    case data
    /// All others, while the file is synced.
    case metadata
    /// All, while the file is synced.
    case everything

    package var text: String {
      switch self {
      case .data: "the write of the bytes"
      case .metadata: "every other write of the sync"
      case .everything: "every write of the sync"
      }
    }
  }

  package var fileSystem: String
  package var place: Place
  /// What the calls returned that matter, and what was shown, in the order of the table's columns.
  package var cells: [String]
}

extension KernelStage {
  /// A file holds the letter a, durably. It is appended to, so that there is metadata to sync as well.
  private static let trial = [
    "create f", "write f 0 4096 a", "drain-all", "begin", "open A f", "open B f", "slot-write A 4096 4096 b",
    "arm",
    "slot-fsync A", "disarm", "slot-fsync A", "slot-fsync B", "open C f", "slot-fsync C", "show-cache f",
    "show-disk f",
    "end",
  ]
  private static let opening = 7
  /// The calls of the trial, from 1, that are a column each.
  private static let columns = [4, 5, 6, 8]
  private static let statesMax = 64

  /// Lets writes fail while a file is synced, and sees what becomes of it.
  package func failedSync(
    on fileSystem: KernelFileSystem, base: CrashWindow, failing place: FailedSyncTrial.Place
  ) throws(Problem) -> FailedSyncTrial {
    let faults = try faults(on: fileSystem, base, place)
    return try base.withDisk(showing: base.everythingKept) { disk throws(Problem) in
      let volume = volume(on: disk)
      var seenCount = disk.operationCount
      let run = try run(Self.trial, on: volume, fileSystem) {
        while seenCount < disk.operationCount {
          let operation = disk.timeline.operation(seenCount)
          seenCount += 1
          if operation.name == Self.armName.description {
            disk.inject(Self.isArming(disk, operation) ? faults : [])
          }
        }
      }
      guard let end = run.lines.first(where: { $0.text == "end" })?.operationCount else {
        throw Problem("the trial on \(fileSystem.name) did not come to its end: \(run.errors)")
      }
      func result(_ number: Int) -> String {
        let words = run.lines.map { $0.text.split(separator: " ") }.first { $0.first == "\(number)" } ?? []
        return words.count > 1 ? String(words[1]) : "success"
      }
      var cells = Self.columns.map(result)
      if result(Self.opening) != "success" { cells[3] = "cannot be opened: \(result(Self.opening))" }
      let shown = run.lines.map(\.text).filter { $0.hasPrefix("f ") }.map { String($0.dropFirst(2)) }
      cells += (0..<2).map { shown.indices.contains($0) ? shown[$0] : "an error" }
      let left = try crashOutcomes(CrashWindow(over: disk), at: end, fileSystem)
      cells.append(left.map { "`\($0)`" }.joined(separator: " or "))
      return FailedSyncTrial(fileSystem: fileSystem.name, place: place, cells: cells)
    }
  }

  /// The faults that strike the writes of a place: by their number, which a run without faults says. Where a block lies may
  /// differ from one run to the next, since ext4 looks for space by processor.
  private func faults(
    on fileSystem: KernelFileSystem, _ base: CrashWindow, _ place: FailedSyncTrial.Place
  ) throws(Problem) -> [Fault] {
    func failing(_ number: Int, isSticky: Bool) -> Fault {
      Fault(.writeError, file: KernelDisk.name.description, at: .call(number), isSticky: isSticky)
    }
    if place == .everything { return [failing(1, isSticky: true)] }
    let data = try base.withDisk(showing: base.everythingKept) { disk throws(Problem) in
      try succeed(
        "a trial without faults on \(fileSystem.name)", run(Self.trial, on: volume(on: disk), fileSystem))
      return Self.dataWrite(disk.timeline)
    }
    guard let data else { throw Problem("the sync of the trial on \(fileSystem.name) wrote no data") }
    if place == .data { return [failing(data, isSticky: false)] }
    return (1..<data).map { failing($0, isSticky: false) } + [failing(data + 1, isSticky: true)]
  }

  private static func isArming(_ disk: FaultDisk, _ operation: FaultFS.Operation) -> Bool {
    guard let version = disk.timeline.versions(of: operation.index).first,
      case .bytes(let bytes) = disk.timeline.value(of: version)
    else { return false }
    return bytes.first == UInt8(ascii: "a")
  }

  /// The number of the write that is of data, of those that the sync made; from 1.
  private static func dataWrite(_ timeline: Timeline) -> Int? {
    var isArmed = false
    var number = 0
    for operation in timeline.operations {
      if operation.name == armName.description {
        if isArmed { return nil }
        isArmed = true
      } else if isArmed, operation.kind == .write {
        number += 1
        let isData = timeline.versions(of: operation.index).contains { version in
          guard case .bytes(let bytes) = timeline.value(of: version) else { return false }
          return bytes.allSatisfy { $0 == UInt8(ascii: "b") }
        }
        if isData { return number }
      }
    }
    return nil
  }

  private func crashOutcomes(
    _ window: CrashWindow, at point: Int, _ fileSystem: KernelFileSystem
  ) throws(Problem) -> [String] {
    window.advance(to: point)
    let look = CrashedDiskLook(self, fileSystem)
    var search = AnswerSearch(seed: 0)
    var outcomes: Set<String> = []
    while search.hasMore && search.runCount < Self.statesMax {
      let outcome = try search.next { resolver throws(Problem) in
        try window.withDisk(resolvingBy: resolver, keepsVersions: false) { disk throws(Problem) in
          try look.outcome(on: disk)
        }
      }
      outcomes.insert(outcome)
    }
    return outcomes.sorted()
  }
}
