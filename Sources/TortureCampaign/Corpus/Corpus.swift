import SystemPackage
import TextFiles

/// Cases that are worth running again: between them they reach every mark that was reached by any case that was looked at, and
/// without any one of them a mark would be missing. As JSON it is a file to be kept beside the scenarios.
package struct Corpus: Codable, Hashable, Sendable {
  /// A case, with the marks that it reached, sorted.
  package struct Case: Codable, Hashable, Sendable {
    package var scenario: String
    package var seed: UInt64
    package var marks: [String]

    package init(scenario: String, seed: UInt64, marks: [String]) {
      self.scenario = scenario
      self.seed = seed
      self.marks = marks
    }
  }

  /// By scenario, then by seed.
  package private(set) var cases: [Case] = []

  package init() {}

  /// Takes the case in where it reaches a mark that none of its scenario's does, and lets go whom that makes superfluous.
  package mutating func add(_ new: Case) {
    let kept = cases.filter { $0.scenario == new.scenario }
    let reached = Set(kept.flatMap(\.marks))
    guard !reached.isSuperset(of: new.marks) else { return }
    // Those that reach the fewest marks go first.
    var candidates = kept + [new]
    for entry in candidates.sorted(by: { ($0.marks.count, $0.seed) < ($1.marks.count, $1.seed) }) {
      let others = candidates.filter { $0 != entry }
      if Set(others.flatMap(\.marks)).isSuperset(of: entry.marks) { candidates = others }
    }
    cases = (cases.filter { $0.scenario != new.scenario } + candidates).sorted {
      ($0.scenario, $0.seed) < ($1.scenario, $1.seed)
    }
  }

  /// Takes in the cases of a report.
  ///
  /// - Returns: how many there were.
  package mutating func add(reportAt path: String) throws(ReportError) -> Int {
    try ReportFolder.requireReport(path)
    let file = FilePath(path).appending(ReportFolder.resultsName)
    do {
      var reader = try LineReader(file)
      defer { reader.close() }
      while let line = try reader.next() {
        let result = try JSONText.decode(Reached.self, from: String(decoding: line, as: UTF8.self))
        let marks = result.marks.filter { $0.value > 0 }.keys.sorted()
        add(Case(scenario: result.scenario, seed: result.seed, marks: marks))
      }
      return reader.count
    } catch {
      throw ReportError("the report in '\(path)': \(error)", isWrongFolder: true)
    }
  }

  /// What a line of results.jsonl says of marks.
  private struct Reached: Decodable {
    var scenario: String
    var seed: UInt64
    var marks: [String: Int]
  }

  /// The seeds by scenario.
  package var seeds: [String: [UInt64]] {
    Dictionary(grouping: cases, by: \.scenario).mapValues { $0.map(\.seed) }
  }

  // MARK: The file

  /// The corpus in the file at `path`; an empty one where `mayBeMissing` and there is none.
  package static func read(_ path: String, mayBeMissing: Bool = false) throws(CorpusError) -> Corpus {
    do {
      if mayBeMissing, try FileTree.type(of: FilePath(path)) == nil { return Corpus() }
      // Taken in anew: a file that was edited keeps what the type promises.
      var corpus = Corpus()
      for entry in try JSONText.decode(Corpus.self, from: TextFile.read(FilePath(path))).cases {
        corpus.add(entry)
      }
      return corpus
    } catch {
      throw CorpusError("'\(path)' is not a corpus: \(error); 'lrvm-torture corpus' makes one")
    }
  }

  /// Puts the corpus into the file at `path`, whole or not at all.
  package func write(_ path: String) throws(CorpusError) {
    do {
      try FileTree.replace(FilePath(path), with: JSONText.document(self))
    } catch {
      throw CorpusError("\(error)")
    }
  }
}

/// A corpus that cannot be read or written.
package struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
