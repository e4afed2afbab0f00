import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TortureSamples

@testable import TortureCampaign

@Suite struct WorkerFolderTests {
  /// A process that was killed leaves its folder; the next one removes that, and nothing that somebody still needs.
  @Test func foldersOfDeadProcessesAreRemoved() throws {
    let folder = try TestFolder()
    let mine = try WorkerFolder()
    defer { mine.remove() }
    let name = try #require(mine.path.lastComponent?.string)
    let alive = String(getpid())
    // Larger than every number that a process gets.
    let gone = name.replacing("-\(alive)-", with: "-1073741824-")
    let others = [name, "lrvm-torture-0-1073741824-a", "lrvm-torture-report", "other-1-1073741824-a"]
    for name in others + [gone] {
      try FileManager.default.createDirectory(
        atPath: folder.path.appending(name).string, withIntermediateDirectories: false)
    }
    WorkerFolder.removeForsaken(in: folder.path)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path.string)
    #expect(Set(left) == Set(others))
  }
}
