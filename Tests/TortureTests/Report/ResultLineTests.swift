import SystemPackage
import Testing

@testable import Torture

@Suite struct ResultLineTests {
  /// Against decoding the whole line, with names and messages that look like what is searched for.
  @Test func keysAreThoseThatDecodingFinds() throws {
    let names = [
      "bank", "ba", "a,\"scenario\":\"bank\",\"seed\":7", "\\", "é\u{1}", "\",\"seed\":",
      String(repeating: "x", count: 300),
    ]
    let scenarios = try names.map { name in
      var scenario = try makeScenario("any")
      scenario.name = name
      return scenario
    }
    let scanner = ResultLine(scenarios)
    for (number, name) in names.enumerated() {
      for seed in [0, 7, UInt64.max] {
        for verdict in CaseResult.Verdict.allCases {
          let result = CaseResult(
            scenario: name, seed: seed, verdict: verdict, marks: [",\"scenario\":\"bank\",\"seed\":9": 1],
            findings: [makeFinding("\"verdict\":\"clean\"")], reason: ",\"scenario\":\"ba\",\"seed\":1")
          let line = ArraySlice(Array(try JSONText.line(result).utf8))
          let key = scanner.key(line)
          #expect(key?.scenario == number)
          #expect(key?.seed == seed)
          #expect(ResultLine.isClean(line) == (verdict == .clean))
          #expect(scanner.key(line.dropLast()) == nil)
        }
      }
    }
    let stranger = try JSONText.line(CaseResult(scenario: "stranger", seed: 1))
    #expect(scanner.key(ArraySlice(Array(stranger.utf8))) == nil)
    #expect(scanner.key([]) == nil)
  }

  @Test func patternsAreFoundWhereAPlainSearchFindsThem() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2000 {
      let text = (0..<Int(random.next() % 40)).map { _ in UInt8(random.next() % 3) + 97 }
      let word = (0..<Int(random.next() % 4) + 1).map { _ in UInt8(random.next() % 3) + 97 }
      let plain = text.indices.first { text[$0...].starts(with: word) }
      let pattern = BytePattern(String(decoding: word, as: UTF8.self))
      #expect(pattern.first(in: text[...]) == plain)
      if let plain, plain > 0 { #expect(pattern.first(in: text[1...]) == plain) }
    }
  }

  @Test(arguments: [1, 3, 16, 1 << 16]) func linesAreReadWhateverTheChunk(_ chunkLength: Int) throws {
    let folder = try TestFolder()
    let lines = ["", "a", String(repeating: "b", count: 100), "", "c"]
    for (rest, text) in [
      (0, lines.joined(separator: "\n") + "\n"), (3, lines.joined(separator: "\n") + "\ncut"),
    ] {
      try FileTree.replace(folder.path.appending("file"), with: text)
      var reader = try LineReader(folder.path.appending("file"), chunkLength: chunkLength)
      var found: [String] = []
      while let line = try reader.next() { found.append(String(decoding: line, as: UTF8.self)) }
      #expect(found == lines)
      #expect(reader.restLength == rest)
      #expect(reader.offset == text.utf8.count - rest)
      reader.close()
    }
  }
}

@Suite struct ProgressSeriesTests {
  @Test func sumsDoNotDependOnTheirOrder() {
    var random = SplitMix64(seed: 3)
    var whole = ProgressSeries()
    var parts = [ProgressSeries(), ProgressSeries(), ProgressSeries()]
    var states = 0
    for _ in 0..<3000 {
      let result = CaseResult(
        scenario: "s", seed: 1, crashStates: Int(random.next() % 9), violationCount: Int(random.next() % 2))
      let part = Int(random.next() % 3)
      // The first part is short, the others are long.
      let seconds = Double(random.next() % (part == 0 ? 50 : 100_000)) / 7
      whole.add(result, atSeconds: seconds)
      parts[part].add(result, atSeconds: seconds)
      states += result.crashStates
    }
    #expect(whole.buckets.reduce(0) { $0 + $1.executed } == states)
    #expect(whole.buckets.reduce(0) { $0 + $1.cases } == 3000)
    #expect(whole.buckets.count <= ProgressSeries.bucketsMax)
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
      #expect(parts[order[0]] + parts[order[1]] + parts[order[2]] == whole)
      #expect(parts[order[0]] + (parts[order[1]] + parts[order[2]]) == whole)
    }
  }
}

@Suite struct FailureGroupTests {
  private func trap(_ line: Int) -> Finding {
    Finding(
      id: "t",
      trap: Trap(
        signal: "SIGILL", message: "Fatal error: index \(line)",
        place: "Log.read(_:) at Sources/Log.swift:\(line)",
        stack: ["Log.read(_:) at Sources/Log.swift:\(line)", "main at Sources/Main.swift:\(line * 2)"]))
  }

  private func lost(_ numbers: Int, _ name: String = "log") -> Finding {
    var finding = makeFinding("x-\(numbers)")
    finding.crashStory = [
      "lost: bytes \(numbers)..<\(numbers + 512) of \(name), by storage operation \(numbers) (write "
        + "\(numbers)..<\(numbers + 512) of \(name)) and a later one"
    ]
    return finding
  }

  @Test func whatDiffersFromSeedToSeedDoesNotCount() {
    #expect(FailureSignature(trap(3)).fingerprint == FailureSignature(trap(900)).fingerprint)
    #expect(FailureSignature(lost(1)).fingerprint == FailureSignature(lost(512)).fingerprint)
    #expect(FailureSignature(lost(1)).place == "lost write of log, in recovery")
    #expect(FailureSignature(trap(3)).place == "Log.read(_:) at Sources/Log.swift")
    #expect(FailureSignature(lost(1)).fingerprint != FailureSignature(lost(1, "accounts")).fingerprint)
    var torn = lost(1)
    torn.violation?.kind = .tornTransaction
    #expect(FailureSignature(torn).fingerprint != FailureSignature(lost(1)).fingerprint)
  }

  @Test func groupsAddUpInAnyOrder() throws {
    var whole = FailureGroups()
    var parts = [FailureGroups(), FailureGroups(), FailureGroups()]
    for place in 0..<60 {
      let result = CaseResult(
        scenario: "s\(place % 2)", seed: UInt64(place), verdict: .violation,
        findings: [lost(place), trap(place), lost(place, "f\(place % 5)x")])
      whole.add(result, place: place)
      parts[place * 7 % 3].add(result, place: place)
    }
    #expect(whole.count == 3)
    #expect(whole.all.map(\.count).sorted() == [60, 60, 60])
    #expect(whole.all[0].examples.map(\.place) == Array(0..<FailureGroup.examplesMax))
    #expect(whole.all[0].scenarios == ["s0": 30, "s1": 30])
    #expect(parts[2] + parts[0] + parts[1] == whole)
    #expect(parts[1] + (parts[2] + parts[0]) == whole)
    let text = try JSONText.document(whole)
    #expect(try JSONText.decode(FailureGroups.self, from: text) == whole)
  }
}
