import ArgumentParser
import FaultFS
import Foundation
import KernelDisk
import KernelLitmus

/// What was found out, by this process or by those that share the work.
struct LitmusResults: Codable {
  private var tests: [LitmusResult] = []
  private var trials: [FailedSyncTrial] = []

  var hasUnknownDefects: Bool { tests.contains { $0.hasUnknownDefects } }

  // MARK: Making them

  /// Does one part of the work: of N parts, every Nth test on each file system.
  init(doing part: LitmusPart, for command: LitmusCommand) throws {
    let stage = try KernelStage(
      runner: Self.folder.appendingPathComponent("litmus-calls").path, at: command.at)
    let all = try command.tests()
    for (number, fileSystem) in command.fileSystems.enumerated() where fileSystem.obstacle == nil {
      let base = CrashWindow(over: try stage.makeDisk(with: fileSystem))
      for (place, test) in all.enumerated() where (place + number) % part.count == part.number - 1 {
        if test.notOn?.contains(fileSystem.name) == true { continue }
        tests.append(try Self.result(of: test, on: fileSystem, base, stage, command))
      }
      if number % part.count != part.number - 1 { continue }
      for place in FailedSyncTrial.Place.allCases {
        trials.append(try stage.failedSync(on: fileSystem, base: base, failing: place))
      }
    }
  }

  private static func result(
    of test: LitmusTest, on fileSystem: KernelFileSystem, _ base: CrashWindow, _ stage: KernelStage,
    _ command: LitmusCommand
  ) throws -> LitmusResult {
    let allowed = try stage.allowedOutcomes(of: test, under: fileSystem.profile)
    let clock = ContinuousClock()
    let start = clock.now
    let seen = try stage.seenOutcomes(
      of: test, on: fileSystem, base: base, statesMax: command.statesMax, remembers: !command.withoutMemory)
    let result = LitmusResult(
      test: test, fileSystem: fileSystem, seen: seen, allowed: allowed,
      seconds: (clock.now - start) / .seconds(1))
    let defects =
      result.defects.isEmpty ? "" : ", NOT ALLOWED: \(result.defects.distinct.joined(separator: " | "))"
    // At once, whatever the output is.
    FileHandle.standardOutput.write(
      Data(
        "\(fileSystem.name): \(test.name): \(seen.set.count) outcomes of \(seen.stateCount) crash states\(defects)\n"
          .utf8))
    return result
  }

  /// Has processes of this program do the parts.
  init(dividing count: Int, for command: LitmusCommand) throws {
    for fileSystem in command.fileSystems {
      if let obstacle = fileSystem.obstacle { print("\(fileSystem.name) is left out: \(obstacle)") }
    }
    let order = try command.tests()
    if command.fileSystems.allSatisfy({ $0.obstacle != nil }) { return }
    let files = (1...count).map { "\(command.out).part-\($0)" }
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: command.out).deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
    var processes: [Process] = []
    for (place, file) in files.enumerated() {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments =
        Array(CommandLine.arguments.dropFirst()) + ["--part", "\(place + 1)/\(count)", "--out", file]
      try process.run()
      processes.append(process)
    }
    for process in processes { process.waitUntilExit() }
    for (process, file) in zip(processes, files) {
      if process.terminationStatus != 0 { throw ExitCode(2) }
      let part = try JSONDecoder().decode(
        LitmusResults.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
      tests += part.tests
      trials += part.trials
    }
    let fileSystems = command.fileSystems.map(\.name)
    tests.sort { one, other in
      func key(_ result: LitmusResult) -> (Int, Int) {
        (order.firstIndex(of: result.test) ?? 0, fileSystems.firstIndex(of: result.fileSystem) ?? 0)
      }
      return key(one) < key(other)
    }
    trials.sort {
      (fileSystems.firstIndex(of: $0.fileSystem) ?? 0) < (fileSystems.firstIndex(of: $1.fileSystem) ?? 0)
    }
  }

  /// Takes what was seen from a file, and counts what is allowed anew.
  init(seenIn path: String, for command: LitmusCommand) throws {
    do {
      self = try JSONDecoder().decode(LitmusResults.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw ValidationError("--seen: '\(path)' does not hold the results of a run: \(error)")
    }
    let stage = try KernelStage(
      runner: Self.folder.appendingPathComponent("litmus-calls").path, at: command.at)
    let all = try LitmusCatalog(file: command.catalog).tests
    tests = try tests.map { result in
      guard let fileSystem = KernelFileSystem.all.first(where: { $0.name == result.fileSystem }) else {
        throw ValidationError("--seen: '\(path)' has a file system '\(result.fileSystem)' that is none here")
      }
      var result = result
      guard let test = all.first(where: { $0.name == result.test.name && $0.calls == result.test.calls })
      else {
        throw ValidationError(
          "--seen: '\(path)' has a test '\(result.test.name)' that the catalog does not have so")
      }
      result.test = test
      result.allowed = try stage.allowedOutcomes(of: result.test, under: fileSystem.profile)
      return result
    }
  }

  private static var folder: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }

  // MARK: Writing them

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try encoder.encode(self).write(to: url)
  }

  func writeDocument(to path: String) throws {
    let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? "unknown"
    // What a distribution adds to the version does not matter to others.
    let version = kernel.prefix { $0.isNumber || $0 == "." }
    let text = ProfilesDocument(tests, trials, kernel: "Linux \(version)").text
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  func summarize(duration: Duration) {
    let states = tests.reduce(0) { $0 + $1.seen.stateCount }
    let mounts = tests.reduce(0) { $0 + $1.seen.mountCount }
    let defects = tests.reduce(0) { $0 + $1.defects.count }
    let slack = tests.reduce(0) { $0 + $1.slack.count }
    print(
      "\(tests.count) tests, \(states) crash states, of which \(mounts) were mounted, in \(Int(duration / .seconds(1))) s: "
        + "\(defects) outcomes not allowed, \(slack) allowed and never seen")
  }
}
