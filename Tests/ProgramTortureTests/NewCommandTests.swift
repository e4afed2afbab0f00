import Foundation
import Testing

/// What `new` writes, run as it stands.
@Suite struct NewCommandTests {
  private func run(_ line: String, in folder: URL) throws -> (status: Int32, output: String) {
    let process = Process()
    let binaries = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "PATH=\"$0:$PATH\"; \(line)", binaries.path]
    process.currentDirectoryURL = folder
    return try process.outcome()
  }

  @Test func itsStoreIsCleanAndLosesWithoutItsSync() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "new-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try run("lrvm-torture new counter", in: folder).status == 0)
    let clean = try run("cd counter && lrvm-torture run counter.yaml", in: folder)
    #expect(clean.status == 0 && clean.output.contains("all covered, none wrong"), "\(clean.output)")
    let broken = try run(
      "cd counter && sed -i 's/^    sync_directory()//' store.py && lrvm-torture run counter.yaml", in: folder
    )
    #expect(
      broken.status == 1 && broken.output.contains("lost-commit"), "\(broken.output)")
    let again = try run("lrvm-torture new counter", in: folder)
    #expect(again.status == 64 && again.output.contains("counter/store.py"), "\(again.output)")
    #expect(try run("lrvm-torture new ../counter", in: folder).status == 64)
  }
}
