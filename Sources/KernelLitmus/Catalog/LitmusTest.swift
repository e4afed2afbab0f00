/// A small sequence of calls on files, cut by a crash, in the manner of Ferrite (Bornholt et al., ASPLOS '16).
///
/// A call is a line of words: see `Sources/litmus-calls/calls.c`. What is looked at after the crash is the whole tree.
package struct LitmusTest: Hashable, Sendable, Codable {
  package var name: String
  /// What the test asks, as a sentence.
  package var about: String
  /// Calls whose result is durable before the test begins.
  package var setup: [String]?
  package var calls: [String]
  /// What is known to be wrong with a profile, by the names of file systems: outcomes of this test are seen there that it
  /// does not allow.
  package var known: [String: String]?

  /// The names of file systems that lack one of the calls.
  package var notOn: [String]?

  enum CodingKeys: String, CodingKey {
    case name, about, setup, calls, known
    case notOn = "not_on"
  }

  package init(_ name: String, about: String = "", setup: [String] = [], calls: [String]) {
    self.name = name
    self.about = about
    self.setup = setup
    self.calls = calls
  }

  /// The kernel does by itself, and at any time, what these calls make it do now.
  package enum Drain: String, Hashable, Sendable, CaseIterable {
    /// Writes data back, file by file, and commits nothing.
    case data = "drain-data"
    /// The same from the last file to the first.
    case dataReversed = "drain-data-reversed"
    /// Commits metadata, and writes no data back that need not be.
    case metadata = "drain-metadata"
    /// Writes everything back.
    case all = "drain-all"
  }

  /// One way in which the kernel may come in between: what it drains after the first `callCount` calls. After the last call
  /// it drains everything.
  package struct Interference: Hashable, Sendable, CustomStringConvertible {
    package var callCount: Int
    package var drain: Drain?

    package var description: String {
      drain.map { "\($0.rawValue) after call \(callCount)" } ?? "no drain"
    }
  }

  /// All ways, of which each call that changes something without a sync may be followed by each drain.
  package var interferences: [Interference] {
    var all = [Interference(callCount: calls.count, drain: nil)]
    for (place, call) in calls.enumerated() where !Self.isSync(call) {
      for drain in Drain.allCases {
        // Two orders of one file's data are one.
        if drain == .dataReversed && fileCount < 2 { continue }
        // It is what comes last in any case.
        if drain == .all && place == calls.count - 1 { continue }
        all.append(Interference(callCount: place + 1, drain: drain))
      }
    }
    return all
  }

  /// What `litmus-calls` is given for it.
  package func script(with interference: Interference) -> [String] {
    var script = (setup ?? []) + [Drain.all.rawValue, "begin"]
    for (place, call) in calls.enumerated() {
      script.append(call)
      if let drain = interference.drain, place + 1 == interference.callCount { script.append(drain.rawValue) }
    }
    return script + [Drain.all.rawValue, "end"]
  }

  private var fileCount: Int {
    Set(
      ((setup ?? []) + calls).compactMap { call in
        let words = call.split(separator: " ")
        return ["create", "tmpfile"].contains(words.first) ? words.last : nil
      }
    ).count
  }

  private static func isSync(_ call: String) -> Bool {
    ["fsync", "fdatasync", "msync", "slot-fsync"].contains(call.split(separator: " ").first)
  }
}
