import FaultFS
import FaultMount
import Foundation
import KernelDisk
import Testing

@testable import KernelLitmus

/// Litmus tests on this kernel's ext4, and whether what explores them can be trusted.
@Suite(.serialized, .enabled(if: Litmus.canMount, "\(Litmus.reason)")) struct KernelFileSystemTests {
  private static let ext4 = Litmus.fileSystem("ext4")

  @Test(arguments: ["overwrite-fsync", "create-rename", "rename-chain", "mkdir-fsync", "tmpfile-link"])
  func nothingIsSeenThatTheProfileDoesNotAllow(name: String) throws {
    let stage = try Litmus.stage()
    let base = CrashWindow(over: try stage.makeDisk(with: Self.ext4))
    let result = try result(of: try Litmus.test(name), Self.ext4, base, stage)
    #expect(result.unlikeCalls == [])
    #expect(result.defects.isEmpty, "\(result.defects.outcomes)")
    // The kernel's threads may read something else once in hundreds of runs; that is counted, and no rule of it.
    #expect(result.seen.unlikeCount <= 1)
    // What is drained at the end is there at the end, and more than one thing was seen before.
    #expect(result.seen.set.outcomes.count == result.test.calls.count + 1)
    #expect(result.seen.set.distinct.count > 1)
  }

  /// Without a journal: it is repaired before it is mounted.
  @Test(arguments: ["overwrite-fsync", "create-rename"])
  func ext2LeavesNothingThatPOSIXDoesNotAllow(name: String) throws {
    let stage = try Litmus.stage()
    let ext2 = Litmus.fileSystem("ext2")
    let base = CrashWindow(over: try stage.makeDisk(with: ext2))
    let result = try result(of: try Litmus.test(name), ext2, base, stage)
    #expect(result.unlikeCalls == [])
    #expect(result.defects.isEmpty, "\(result.defects.outcomes)")
    #expect(result.seen.unlikeCount <= 1)
    #expect(result.seen.set.distinct.count > 1)
  }

  /// A profile that claims too much is found out.
  @Test func aProfileThatIsTooStrongIsFound() throws {
    let stage = try Litmus.stage()
    var strong = Self.ext4
    strong.profile.order = .everything
    let base = CrashWindow(over: try stage.makeDisk(with: strong))
    let result = try result(of: try Litmus.test("create-rename"), strong, base, stage)
    #expect(result.defects.contains("f 0", afterCalls: 3), "\(result.defects.outcomes)")
    #expect(result.hasUnknownDefects)
    var known = result
    known.test.known = [strong.name: "it claims too much"]
    #expect(!known.hasUnknownDefects && known.knownDefect == "it claims too much")
  }

  private func result(
    of test: LitmusTest, _ fileSystem: KernelFileSystem, _ base: CrashWindow, _ stage: KernelStage
  ) throws -> LitmusResult {
    LitmusResult(
      test: test, fileSystem: fileSystem,
      seen: try stage.seenOutcomes(of: test, on: fileSystem, base: base, statesMax: 12),
      allowed: try stage.allowedOutcomes(of: test, under: fileSystem.profile), seconds: 0)
  }

  /// Every combination of every sector at every crash point, one by one, against what is asked for at the widest points.
  @Test func theSearchSeesWhatEveryStateShows() throws {
    let stage = try Litmus.stage()
    let base = CrashWindow(over: try stage.makeDisk(with: Self.ext4))
    let script = [
      "create f", "write f 0 4096 a", "drain-all", "begin", "write-dsync f 0 4096 b",
      "write-direct f 0 4096 c", "end",
    ]
    try base.withDisk(showing: base.everythingKept) { disk in
      let run = try stage.run(script, on: stage.volume(on: disk), Self.ext4)
      let marks = try #require(CallMarks(run))
      let window = CrashWindow(over: disk)
      let widest = KernelStage.widestPoints(window.timeline, marks, from: marks.begin)
      let look = CrashedDiskLook(stage, Self.ext4, remembers: false)
      let remembering = CrashedDiskLook(stage, Self.ext4)
      var (each, searched, remembered) = (OutcomeSet(), OutcomeSet(), OutcomeSet())
      var eachCount = 0
      for point in marks.begin...marks.end {
        window.advance(to: point)
        let phase = marks.phase(at: point)
        try window.forEachState { state in
          eachCount += 1
          each.insert(try window.withDisk(showing: state) { try look.outcome(on: $0) }, afterCalls: phase)
        }
        if !widest.contains(point) { continue }
        for (look, isRemembering) in [(look, false), (remembering, true)] {
          var search = AnswerSearch(seed: 0)
          while search.hasMore {
            let outcome = try search.next { resolver in
              try window.withDisk(resolvingBy: resolver) { try look.outcome(on: $0) }
            }
            if isRemembering {
              remembered.insert(outcome, afterCalls: phase)
            } else {
              searched.insert(outcome, afterCalls: phase)
            }
          }
          #expect(search.askedOtherwise <= 1)
        }
      }
      #expect(eachCount > 4)
      #expect(each == searched)
      #expect(each == remembered)
      #expect(remembering.looks.unlikeCount <= 1)
      #expect(each.contains("f 4096 b4096", afterCalls: 2) && each.contains("f 4096 c4096", afterCalls: 2))
      #expect(!each.contains("f 4096 a4096", afterCalls: 1))
    }
  }

  @Test func aFailedSyncIsReportedOnceToEachWhoHasTheFileOpen() throws {
    let stage = try Litmus.stage()
    let base = CrashWindow(over: try stage.makeDisk(with: Self.ext4))
    let trial = try stage.failedSync(on: Self.ext4, base: base, failing: .data)
    #expect(Array(trial.cells.prefix(4)) == ["EIO", "success", "EIO", "success"])
    // Reads show bytes that are not on the disk, and that no sync writes any more.
    #expect(trial.cells[4] == "b")
    #expect(trial.cells[5] == ".")
    #expect(trial.cells.last?.contains("b") == false)
    #expect(trial.cells.count == 7)
  }

  @Test(arguments: [500, 1000, 2000])
  func nothingIsLeftOfAKilledRun(milliseconds: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("litmus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Litmus.built("litmus"))
    process.arguments = [
      "--catalog", Litmus.catalogPath, "--file-system", "ext4", "--part", "1/1", "--at", folder.path, "--out",
      folder.appendingPathComponent("results.json").path,
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    // It is killed some time after a device was seen.
    var hadDevice = false
    for _ in 0..<30_000 where !hadDevice {
      usleep(1000)
      hadDevice = try !Litmus.leftovers(at: folder.path).isEmpty
    }
    #expect(hadDevice)
    usleep(UInt32(milliseconds) * 1000)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    var left = try Litmus.leftovers(at: folder.path)
    for _ in 0..<300 where !left.isEmpty {
      usleep(100_000)
      left = try Litmus.leftovers(at: folder.path)
    }
    #expect(left == [])
  }
}
