import FaultFS
import Foundation
import LRVMTorture
import SeededRandom
import Testing
import TortureSamples

@testable import TortureCore

@Suite struct ScenarioReaderTests {
  init() { Samples.registerSystems() }

  @Test func defaultsFillWhatIsLeftOut() throws {
    let scenario = try Samples.read(Samples.small)
    #expect(scenario.name == "small")
    #expect(scenario.system.truncation == .epoch)
    #expect(scenario.system.truncationThreshold == 0.5)
    #expect(scenario.system.checked)
    #expect(scenario.log.recordAreaLength == 16 * 512)
    #expect(scenario.segments == [SegmentOptions(name: "data.seg", length: 8192)])
    #expect(scenario.workload.transactions == 40)
    #expect(scenario.workload.mix == EndingWeights(commitFlush: 50, commitNoFlush: 30, abort: 10, drop: 5))
    #expect(scenario.disk.profile == .posix)
    #expect(scenario.crash.points == .every)
    #expect(scenario.crash.strategies == CrashOptions.Strategy.allCases)
    #expect(scenario.seeds == SeedOptions(first: 1, count: 20))
    #expect(scenario.invariants == Invariant.allCases)
    #expect(scenario.sabotage.isEmpty)
    #expect(scenario.expect == .clean)
    #expect(scenario.source.path == "s.yaml")
  }

  @Test func everyKeyIsRead() throws {
    let scenario = try Samples.read(
      """
      name: all-keys
      description: "Quotes: \\" and a slash / and ümlauts."
      system: {name: lrvm, truncation: incremental, truncation_threshold: 1, truncation_steps_per_operation: 7,
               spool_limit: 0, checked: false, optimizations: false}
      log: {record_sectors: 8, sector: 4096, status_length: 8192}
      segments: [{name: a, length: 4096}, {name: b.seg, length: 12288}]
      workload:
        kind: bank
        transactions: 3
        clients: 2
        objects: 9
        ranges_max: 1
        range_length_max: 17
        mix: {abort: 1, commit_flush: 2}
        between: {reopen: 4}
        no_restore: 0.25
      disk: {profile: ext4-ordered, sector: 4096, tearing: eight_bytes, powersafe_overwrite: false, order: free,
             grown_size: after_its_data, exposed_tail: zeros, file_sync: leaves_entry, forced_unit_access: "*.seg"}
      crash:
        points: {stride: 3}
        states_per_point: 5
        strategies: [torn, all-kept]
        recovery_depth: 2
        recovery_points_max: 3
        recovery_states_per_point: 2
      seeds: {first: 9007199254740991, count: 1}
      invariants: [workload]
      sabotage: [{drop: sync-directory, file: "*"}, {drop: write, file: b.seg}]
      expect: violation
      """)
    #expect(scenario.description == "Quotes: \" and a slash / and ümlauts.")
    #expect(scenario.system.truncation == .incremental)
    #expect(scenario.system.truncationThreshold == 1)
    #expect(scenario.system.truncationStepsPerOperation == 7)
    #expect(scenario.system.spoolLimit == 0)
    #expect(!scenario.system.checked)
    #expect(!scenario.system.optimizations)
    #expect(scenario.log.recordSectors == 8)
    #expect(scenario.log.sector == 4096)
    #expect(scenario.log.statusLength == 8192)
    #expect(scenario.segments.map(\.length) == [4096, 12288])
    #expect(scenario.workload.kind == .bank)
    #expect(scenario.workload.clients == 2)
    #expect(scenario.workload.objects == 9)
    #expect(scenario.workload.rangesMax == 1)
    #expect(scenario.workload.rangeLengthMax == 17)
    #expect(scenario.workload.mix == EndingWeights(commitFlush: 2, commitNoFlush: 0, abort: 1, drop: 0))
    #expect(scenario.workload.between.all == [0, 0, 0, 0, 4, 0])
    #expect(scenario.workload.noRestore == 0.25)
    #expect(
      scenario.disk
        == DiskOptions(
          profile: .ext4Ordered, sector: 4096, tearing: .eightBytes, powersafeOverwrite: false, order: .free,
          grownSize: .afterItsData, exposedTail: .zeros, fileSync: .leavesEntry, forcedUnitAccess: "*.seg"))
    #expect(scenario.crash.points == .stride(3))
    #expect(scenario.crash.strategies == [.torn, .allKept])
    #expect(scenario.crash.recoveryDepth == 2)
    #expect(scenario.seeds.first == 9_007_199_254_740_991)
    #expect(scenario.invariants == [.workload])
    #expect(
      scenario.sabotage == [
        SabotageRule(drop: .syncDirectory, file: "*"), SabotageRule(drop: .write, file: "b.seg"),
      ])
    #expect(scenario.expect == .violation)

    // The JSON form and the derived options say all of it again.
    let json = try JSONEncoder().encode(scenario)
    #expect(try JSONDecoder().decode(Scenario.self, from: json) == scenario)
    #expect(try Samples.read(scenario.derivedOptions) == scenario)
  }

  @Test func derivedOptionsAreComplete() throws {
    let derived = try Samples.read(Samples.small).derivedOptions
    #expect(try Samples.read(derived) == Samples.read(Samples.small))
    for line in [
      "name: small", "  truncation_threshold: 0.5", "  record_sectors: 16", "  mix: {commit_flush: 50, ",
      "segments: [{name: data.seg, length: 8192}]", "  points: every", "  first: 1", "expect: clean",
    ] {
      #expect(derived.contains(line), "\(line)")
    }
  }

  @Test(arguments: ["points: every", "points: {stride: 3}", "points: {sample: 40}"])
  func crashPoints(text: String) throws {
    let scenario = try Samples.read(Samples.small + "crash: {\(text)}\n")
    let expected: CrashPoints = text.contains("3") ? .stride(3) : text.contains("40") ? .sample(40) : .every
    #expect(scenario.crash.points == expected)
    let json = try JSONEncoder().encode(scenario)
    #expect(try JSONDecoder().decode(Scenario.self, from: json).crash.points == expected)
  }

  // MARK: - Bad files, with the place and what was expected

  @Test(arguments: [
    ("", "s.yaml:1:1: the file is empty; expected a mapping that starts with 'name: …'"),
    ("# only a comment\n", "s.yaml:1:1: the file is empty; expected a mapping that starts with 'name: …'"),
    ("- a\n- b\n", "s.yaml:1:1: the file: expected a mapping with the keys name, description,"),
    ("just text", "s.yaml:1:1: the file: expected a mapping with the keys name, description,"),
    ("a: [1, 2\nb: 3\n", "s.yaml:2:2: expected YAML: while parsing a flow sequence from line 1 on, "),
    ("a: \"never closed\n", "s.yaml:2:1: expected YAML: while scanning a quoted scalar from line 1 on, "),
    ("a:\n\tb: 1\n", "s.yaml:2:1: expected YAML: while scanning for the next token"),
    ("a: 1\nname: x\na: 2\n", "s.yaml:3:1: the mapping has 'a' more than once; expected each key once"),
    (
      "name: x\nworkload:\n  kind: bank\n  mix:\n    kind: 1\n  kind: list\n",
      "s.yaml:6:3: the mapping has 'kind' more than once; expected each key once"
    ),
    (
      "segments:\n  - name: x\n    length: 512\n    name: y\n",
      "s.yaml:4:5: the mapping has 'name' more than once; expected each key once"
    ),
    ("{a: 1, a: 2}\n", "s.yaml:1:2: the mapping has 'a' more than once; expected each key once"),
    ("a: b\n---\nc: d\n", "s.yaml:2:1: expected one YAML document"),
    ("a: &x b\n", "s.yaml:1:4: expected no anchor (&name): write the value where it is needed"),
    ("a: *x\n", "s.yaml:1:4: expected one YAML document without aliases: found undefined alias"),
    ("a: 1\nb: \u{7}\n", "s.yaml:2:4: expected YAML: control characters are not allowed"),
  ])
  func notAScenarioAtAll(text: String, expected: String) {
    let problems = Samples.problems(text)
    #expect(problems.count == 1, "\(problems)")
    #expect(problems.first?.hasPrefix(expected) == true, "\(problems)")
  }

  @Test(arguments: [
    ("workload:", "wrokload:", "4:1: unknown key 'wrokload'; did you mean 'workload'? expected one of name"),
    (
      "  kind: bytes", "  kind: bytes\n  sise: 1",
      "6:3: unknown key 'sise' in workload; expected one of kind,"
    ),
    (
      "length: 8192}", "length: 8192, page: 1}",
      "3:36: unknown key 'page' in segments[0]; expected one of name, length"
    ),
    ("name: small\n", "", "1:1: missing key 'name'; expected a text of 1 to 64 characters"),
    ("  kind: bytes", "  clients: 1", "5:3: missing key 'kind' in workload; expected one of bytes, bank"),
    ("name: data.seg, ", "", "3:5: missing key 'name' in segments[0]; expected a text"),
    (
      "kind: bytes", "kind: bites",
      "5:9: workload.kind: expected one of bytes, bank, inodes, queue, list, found bites"
    ),
    (
      "length: 8192", "length: 8000",
      "3:30: segments[0].length: expected a multiple of 4096 from 4096 to 16777216, found 8000"
    ),
    ("length: 8192", "length: 0", "3:30: segments[0].length: expected a multiple of 4096 from 4096"),
    ("length: 8192", "length: -4096", "3:30: segments[0].length: expected a multiple of 4096 from 4096"),
    ("length: 8192", "length: 99999999999999999999", "3:30: segments[0].length: expected a multiple of 4096"),
    (
      "length: 8192", "length: big",
      "3:30: segments[0].length: expected a multiple of 4096 from 4096 to 16777216, found big"
    ),
    (
      "length: 8192", "length: \"8192\"",
      "3:30: segments[0].length: expected a multiple of 4096 from 4096 to 16777216, found the text '8192'"
    ),
    ("length: 8192", "length: 8192.0", "3:30: segments[0].length: expected a multiple of 4096"),
    (
      "length: 8192", "length: [1]",
      "3:30: segments[0].length: expected a multiple of 4096 from 4096 to 16777216, found a list of 1 item"
    ),
    ("length: 8192", "length: ", "found nothing"),
    ("data.seg", "log", "3:12: segments[0].name: expected a file name other than 'log', which is the log's"),
    ("data.seg", "../x", "3:12: segments[0].name: expected a text of 1 to 64 characters: letters, digits"),
    ("data.seg", "..", "3:12: segments[0].name: expected a file name other than '.' and '..'"),
    (
      "name: small", "name: Small One",
      "1:7: name: expected a text of 1 to 64 characters: lower-case letters, digits and '-', found Small One"
    ),
    (
      "name: small", "name: 42",
      "1:7: name: expected a text of 1 to 64 characters: lower-case letters, digits and '-', found 42"
    ),
    ("name: small", "name: !!str small", "1:7: name: expected no tag, found 'tag:yaml.org,2002:str'"),
    (
      "segments:\n  - {name: data.seg, length: 8192}", "segments: []",
      "2:11: segments: expected a list of 1 to 8 items"
    ),
    (
      "segments:\n  - {name: data.seg, length: 8192}", "segments: 3",
      "2:11: segments: expected a list of 1 to 8 items"
    ),
    (
      "  - {name: data.seg, length: 8192}", "  - {name: a, length: 4096}\n  - {name: a, length: 4096}",
      "4:12: segments[1].name: expected different names, found 'a' twice"
    ),
    ("kind: bytes", "kind: inodes", "3:3: segments: the inodes workload expected exactly 2, found 1"),
  ])
  func oneThingWrong(old: String, new: String, expected: String) {
    #expect(Samples.small.contains(old))
    let problems = Samples.problems(Samples.small.replacingOccurrences(of: old, with: new))
    #expect(problems.contains { $0.contains(expected) }, "\(problems)")
  }

  @Test(arguments: [
    ("system: {checked: yes}", "6:19: system.checked: expected true or false, found yes"),
    (
      "system: {truncation_threshold: 2}",
      "6:32: system.truncation_threshold: expected a number from 0.05 to 1.0, found 2"
    ),
    (
      "system: {truncation_threshold: nan}",
      "6:32: system.truncation_threshold: expected a number from 0.05 to 1.0, found nan"
    ),
    ("system: {truncation_threshold: 1e999}", "6:32: system.truncation_threshold: expected a number"),
    ("system: {truncation_threshold: 0x1p-1}", "6:32: system.truncation_threshold: expected a number"),
    ("system:", "6:8: system: expected a mapping with the keys name, truncation"),
    ("log: {record_sectors: 1}", "6:23: log.record_sectors: expected an integer from 4 to 65536, found 1"),
    ("log: {sector: 1024}", "6:15: log.sector: expected 512 or 4096, found 1024"),
    (
      "log: {sector: 4096, status_length: 512}",
      "6:36: log.status_length: expected a multiple of the log's sector (4096), found 512"
    ),
    (
      "log: {sector: 4096}",
      "6:6: log.status_length: expected a multiple of the log's sector (4096), found 512"
    ),
    ("disk: {sector: 4096}", "6:16: disk.sector: expected at most the log's sector (512), found 4096"),
    ("disk: {profile: ext5}", "6:17: disk.profile: expected one of posix, ext4-ordered, ext4-writeback, "),
    (
      "disk: {tearing: half}",
      "6:17: disk.tearing: expected one of by_profile, none, byte, eight_bytes, found"
    ),
    (
      "disk: {profile: btrfs, tearing: byte}",
      "6:33: disk.tearing: expected none or by_profile, since the profile btrfs writes blocks that cannot tear, "
        + "found byte"
    ),
    (
      "disk: {profile: process-crash, tearing: eight_bytes}",
      "6:41: disk.tearing: expected none or by_profile, since the profile process-crash writes calls that cannot"
    ),
    (
      "disk: {tearing: none, powersafe_overwrite: false}",
      "6:44: disk.powersafe_overwrite: expected true where no sector tears"
    ),
    (
      "disk: {profile: ext4-data, powersafe_overwrite: false}",
      "6:49: disk.powersafe_overwrite: expected true where no sector tears"
    ),
    (
      "disk: {profile: raw-device, order: metadata}",
      "6:36: disk.order: expected by_profile, since under the profile raw-device no size or entry is ever lost"
    ),
    (
      "disk: {profile: process-crash, forced_unit_access: log}",
      "6:52: disk.forced_unit_access: expected none, since under the profile process-crash every write"
    ),
    (
      "crash: {points: some}",
      "6:17: crash.points: expected every or {stride: an integer from 1 to 1000000} or {sample: "
    ),
    (
      "crash: {points: {stride: 0}}",
      "6:26: crash.points.stride: expected an integer from 1 to 1000000, found 0"
    ),
    ("crash: {points: {stride: 1, sample: 2}}", "6:17: crash.points: expected every or {stride:"),
    ("crash: {points: {step: 2}}", "6:17: crash.points: expected every or {stride:"),
    (
      "crash: {strategies: [torn, torn]}", "6:28: crash.strategies: expected different items, found one twice"
    ),
    ("crash: {strategies: []}", "6:21: crash.strategies: expected a list of 1 to 9 different items"),
    ("crash: {strategies: [all]}", "6:22: crash.strategies[0]: expected one of all-kept, none-kept"),
    ("crash: {recovery_depth: 4}", "6:25: crash.recovery_depth: expected an integer from 0 to 3, found 4"),
    ("seeds: {count: 0}", "6:16: seeds.count: expected an integer from 1 to 1000000, found 0"),
    ("seeds: {first: -1}", "6:16: seeds.first: expected an integer from 0 to"),
    (
      "invariants: [durable]",
      "6:14: invariants[0]: expected one of durability, workload, fixpoint, found durable"
    ),
    (
      "sabotage: [{drop: fsync, file: log}]",
      "6:19: sabotage[0].drop: expected one of write, sync, sync-directory"
    ),
    ("sabotage: [{drop: sync}]", "6:12: missing key 'file' in sabotage[0]; expected a text"),
    ("sabotage: [{drop: sync, file: a/b}]", "6:31: sabotage[0].file: expected a text"),
    ("expect: maybe", "6:9: expect: expected one of clean, violation, found maybe"),
    (
      "description: \"a\\eb\"",
      "6:14: description: expected a text of 0 to 2000 characters: printable characters and line feeds, found the text 'a?b'"
    ),
    ("? [a, b]\n: c", "6:3: unknown key that is no text; expected one of name"),
    ("<<: {name: x}", "6:1: unknown key '<<'; expected one of name"),
  ])
  func oneSectionWrong(section: String, expected: String) {
    let problems = Samples.problems(Samples.small + section + "\n")
    #expect(problems.count == 1, "\(problems)")
    #expect(problems.first?.hasPrefix("s.yaml:" + expected) == true, "\(problems)")
  }

  @Test func weightsMustNotAllBeZero() {
    #expect(
      Samples.problems(Samples.small + "  mix: {abort: 0}\n  between: {none: 0}\n") == [
        "s.yaml:6:8: workload.mix: expected a weight above 0, found none",
        "s.yaml:7:12: workload.between: expected a weight above 0, found none",
      ])
  }

  @Test func allProblemsAreToldInTheOrderOfTheFile() {
    let problems = Samples.problems(
      """
      nmae: x
      segments:
        - {name: a, length: 5}
      workload: {kind: bytes, clients: many, clinets: 2}
      expect: maybe
      """)
    #expect(
      problems.map { String($0.prefix { $0 != " " }) } == [
        "s.yaml:1:1:", "s.yaml:1:1:", "s.yaml:3:23:", "s.yaml:4:34:", "s.yaml:4:40:", "s.yaml:5:9:",
      ], "\(problems)")
  }

  @Test func aByteOrderMarkIsNoProblem() throws {
    let bytes = Array(Samples.small.utf8)
    #expect(
      try ScenarioReader.read([0xef, 0xbb, 0xbf] + bytes, file: "s.yaml")
        == ScenarioReader.read(bytes, file: "s.yaml"))
  }

  @Test func bytesThatAreNoTextAreRefused() {
    let bytes = Array("name: x\nab".utf8) + [0xff, 0x41]
    #expect(throws: ScenarioProblems.self) { try ScenarioReader.read(bytes, file: "s.yaml") }
    do {
      _ = try ScenarioReader.read(bytes, file: "s.yaml")
    } catch {
      #expect(error.description == "s.yaml:2:3: expected UTF-8, found other bytes")
    }
  }

  @Test func yamlThatExpandsWithoutEndIsRefused() {
    // Nine times nine times nine: 9 to the power of 12 nodes, also as the keys of a mapping.
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...12 {
      bomb +=
        "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
        + "]\n"
    }
    #expect(
      Samples.problems(bomb).first?.hasSuffix(
        "expected no anchors and aliases (&name, *name), found more than 12") == true)
    #expect(Samples.problems(bomb + "? *a12\n: x\n").count == 1)
    let mild = "a: &a [x, x]\nb: &b [*a, *a]\nc: {? *b : y, ? *a : z}\n"
    #expect(
      Samples.problems(mild) == ["s.yaml:1:4: expected no anchor (&name): write the value where it is needed"]
    )
  }

  @Test func filesThatAreTooLongOrTooDeepAreRefused() {
    let long = Samples.small + "#" + String(repeating: "x", count: 70_000)
    #expect(
      Samples.problems(long).first?.hasPrefix("s.yaml:1:1: expected at most 65536 bytes, found ") == true)
    for deep in ["[", "{a: ", "- ", "? "] {
      let problems = Samples.problems(String(repeating: deep, count: 60_000 / deep.utf8.count))
      #expect(problems.count == 1)
      #expect(problems.first?.contains("Maximum nesting level reached") == true, "\(problems)")
    }
  }

  @Test func filesThatCannotBeReadAreProblems() throws {
    for path in ["/does/not/exist.yaml", Samples.package.path] {
      do {
        _ = try ScenarioReader.load(path)
        Issue.record("read \(path)")
      } catch {
        #expect(error.problems.count == 1)
        #expect(error.description.hasPrefix("\(path): cannot read the scenario: "))
      }
    }
  }

  // MARK: - Mutations

  /// Whatever happens to a valid file, reading it gives a scenario or problems with places inside the file.
  @Test func mutatedFilesNeverTrap() throws {
    let sources = try (Samples.shipped("scenarios") + Samples.shipped("scenarios/canary")).map { path in
      Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
    var random = SplitMix64(seed: 11)
    let snippets = [
      "*a", "&a ", "!!int ", "!", "[", "]", "{", "}", "\"", "'", "\n", "\t", ": ", "- ", "? ", "#", "|\n",
      ">\n", "---\n",
      "...\n", "%YAML 1.1\n", "<<: ", "null", "~", "-1", "1e999", "9999999999999999999999", "0x10", "\u{0}",
      "\u{85}",
      "\u{2028}", "\u{feff}", "é", "🙂", "true", "[]", "{}", "\\", "@", "`",
    ].map { Array($0.utf8) }
    var accepted = 0
    for round in 0..<3000 {
      var bytes = sources[round % sources.count]
      for _ in 0..<random.draw(1...4) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + random.draw(1...20)))
        case 2: bytes.insert(contentsOf: random.pick(snippets) ?? [], at: place)
        case 3:
          bytes.insert(contentsOf: bytes[random.below(place + 1)..<place], at: random.below(bytes.count))
        default: bytes.removeSubrange(place...)
        }
      }
      do {
        let scenario = try ScenarioReader.read(bytes, file: "m")
        #expect(try Samples.read(scenario.derivedOptions) == scenario)
        accepted += 1
      } catch {
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).count
        #expect(!error.problems.isEmpty)
        // YAML also ends lines at U+0085, U+2028 and U+2029 and at carriage returns.
        #expect(error.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 && $0.line <= lines + 12 })
      }
    }
    #expect(accepted > 100)
  }
}
