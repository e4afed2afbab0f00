import FaultFS
import Foundation
import SystemPackage
import Testing

@testable import FaultMount

/// A mount that another process serves and this one uses, as a test suite does.
@Suite struct VisibleMountTests {
  /// A served mount; its process is killed in the end.
  final class Served {
    let point: MountPoint
    let process: Process
    let client: MountClient

    init(at point: MountPoint) throws {
      let process = Process()
      (self.point, self.process) = (point, process)
      process.executableURL = URL(fileURLWithPath: Programs.built("mount-fixture"))
      process.arguments = ["serve", point.path]
      try process.run()
      #expect(
        Processes.wait {
          (try? MountClient(directory: point.path).ask(.history)) != nil || !process.isRunning
        })
      client = try MountClient(directory: point.path)
    }

    convenience init() throws {
      try self.init(at: MountPoint())
    }

    deinit {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      _ = Processes.wait { MountDirectory(at: MountClient.absolute(point.path)) == nil }
    }

    func path(_ name: String) -> String { point.path + "/" + name }

    func opened(_ name: String) throws -> FileDescriptor {
      try FileDescriptor.open(
        FilePath(path(name)), .readWrite, options: .create, permissions: [.ownerReadWrite])
    }

    func write(_ text: String, to name: String, synced: Bool) throws {
      let file = try opened(name)
      defer { try? file.close() }
      try file.writeAll(text.utf8)
      if synced { #expect(fsync(file.rawValue) == 0) }
    }

    func syncDirectory() throws {
      let directory = try FileDescriptor.open(FilePath(point.path), .readOnly, options: .directory)
      #expect(fsync(directory.rawValue) == 0)
      try directory.close()
    }

    var names: [String] {
      get throws { try FileManager.default.contentsOfDirectory(atPath: point.path).sorted() }
    }

    func text(_ name: String) -> String? {
      FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test func aPowerCutTakesWhatWasNotSynced() throws {
    let mount = try Served()
    try mount.write("kept", to: "a", synced: true)
    try mount.syncDirectory()
    try mount.write("lost", to: "a", synced: false)
    try mount.write("new", to: "b", synced: true)
    #expect(mount.text("a") == "lost")
    #expect(try mount.client.ask(.cutPower(.nothing)) == .powerCut(openCells: 2, lostCells: 2))
    #expect(try mount.names == ["a"])
    #expect(mount.text("a") == "kept")
    #expect(try mount.client.ask(.unsynced) == .unsynced([]))
    #expect(try mount.client.ask(.history) == .history([]))
  }

  @Test func aPowerCutCanKeepEverything() throws {
    let mount = try Served()
    try mount.write("kept", to: "a", synced: false)
    guard case .powerCut(let openCells, lostCells: 0) = try mount.client.ask(.cutPower(.everything)) else {
      Issue.record("something was lost")
      return
    }
    #expect(openCells == 3)
    #expect(mount.text("a") == "kept")
  }

  @Test func aSeedDrawsTheSameStateEachTime() throws {
    func lost(_ seed: UInt64) throws -> [String] {
      let mount = try Served()
      for name in ["a", "b", "c", "d", "e", "f"] { try mount.write("x", to: name, synced: false) }
      _ = try mount.client.ask(.cutPower(.drawn(seed: seed)))
      return try mount.names
    }
    #expect(try lost(1) == lost(1))
    #expect(try Set((1...4).map(lost)).count > 1)
  }

  @Test func whatWasOpenIsDeadAfterAPowerCut() throws {
    let mount = try Served()
    try mount.write("kept", to: "a", synced: true)
    try mount.syncDirectory()
    let file = try mount.opened("a")
    _ = try mount.client.ask(.cutPower(.everything))
    #expect(throws: Errno.staleNFSFileHandle) { try file.writeAll("x".utf8) }
    try file.close()
    #expect(mount.text("a") == "kept")
  }

  @Test func whatIsNotDurableIsListedWithItsCalls() throws {
    let mount = try Served()
    try mount.write("hello", to: "a", synced: false)
    guard case .unsynced(let parts) = try mount.client.ask(.unsynced) else {
      Issue.record("no list")
      return
    }
    #expect(parts.map(\.kind) == [.entry, .bytes, .size])
    #expect(parts.map(\.path) == ["a", "a", "a"])
    #expect(parts.map(\.bytes) == [nil, 0..<512, nil])
    #expect(parts.map { $0.calls.map(\.kind) } == [["create"], ["write"], ["write"]])
    #expect(parts[1].calls[0].length == 5)
    guard case .history(let calls) = try mount.client.ask(.history) else {
      Issue.record("no history")
      return
    }
    #expect(calls.map(\.kind) == ["create", "write"])
  }

  @Test func faultsStrikeUntilTheyAreTakenBack() throws {
    let mount = try Served()
    try mount.write("hello", to: "a", synced: true)
    #expect(
      try mount.client.ask(
        .inject([Fault(.syncError, at: .call(1), isSticky: true, failedSync: .cleanNotWritten)])) == .done)
    let file = try mount.opened("a")
    try file.writeAll("x".utf8)
    #expect(fsync(file.rawValue) == -1)
    #expect(errno == EIO)
    #expect(try mount.client.ask(.inject([])) == .done)
    try file.writeAll("x".utf8)
    #expect(fsync(file.rawValue) == 0)
    try file.close()
    guard case .refused(let reason) = try mount.client.ask(.inject([Fault(.readError, at: .call(0))])) else {
      Issue.record("a fault at call 0 was taken")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test func unmountingReturnsWhenItIsDone() throws {
    let mount = try Served()
    try mount.write("hello", to: "a", synced: true)
    #expect(try mount.client.ask(.unmount) == .done)
    #expect(MountDirectory(at: MountClient.absolute(mount.point.path)) == nil)
    mount.process.waitUntilExit()
    #expect(mount.process.terminationStatus == 0)
    #expect(try mount.names == [])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalEndsTheMount(_ signal: Int32) throws {
    let mount = try Served()
    kill(mount.process.processIdentifier, signal)
    mount.process.waitUntilExit()
    #expect(mount.process.terminationReason == .exit && mount.process.terminationStatus == 0)
    #expect(MountDirectory(at: MountClient.absolute(mount.point.path)) == nil)
  }

  @Test(arguments: 0..<8)
  func nothingStaysMountedWhenTheServerIsKilled(_: Int) throws {
    let mount = try Served()
    try mount.write("hello", to: "a", synced: false)
    kill(mount.process.processIdentifier, SIGKILL)
    #expect(Processes.wait { MountDirectory(at: MountClient.absolute(mount.point.path)) == nil })
    #expect(try mount.names == [])
  }

  @Test func theNextMountClearsADeadOneAway() throws {
    let mount = try Served()
    let name = URL(fileURLWithPath: mount.point.path).lastPathComponent
    let watchers = Processes.all(with: name).filter { $0 != mount.process.processIdentifier }
    #expect(watchers.count == 1)
    for watcher in watchers { kill(watcher, SIGKILL) }
    kill(mount.process.processIdentifier, SIGKILL)
    mount.process.waitUntilExit()
    // Dead, and in the way.
    #expect(MountDirectory(at: MountClient.absolute(mount.point.path)) != nil)
    #expect(throws: MountError.self) { try mount.client.ask(.unsynced) }
    let next = try Served(at: mount.point)
    try next.write("hello", to: "b", synced: true)
    #expect(try next.names == ["b"])
  }

  @Test func whereNothingCanBeMountedIsSaid() throws {
    func problem(_ directory: String) -> MountError.Problem? {
      #expect(throws: MountError.self) { _ = try VisibleMount(at: directory, profile: .posix) }?.problem
    }
    let point = try MountPoint()
    #expect(problem(point.path + "/missing") == .noDirectory(.noSuchFileOrDirectory))
    #expect(FileManager.default.createFile(atPath: point.path + "/file", contents: nil))
    #expect(problem(point.path) == .notEmpty)
    #expect(problem(point.path + "/file") == .noDirectory(.notDirectory))
    #expect(problem("/proc") == .mounted(type: "proc"))
    let served = try Served()
    #expect(problem(served.point.path) == .mounted(type: MountDirectory.type))
    let notOurs = #expect(throws: MountError.self) { try MountClient(directory: point.path) }
    #expect(notOurs?.problem == .notOurs)
  }

  @Test func theTableOfMountsIsRead() {
    let table = """
      22 1 0:21 / /proc rw - proc proc rw
      90 1 0:50 / /tmp/a\\040b rw,nosuid shared:1 - fuse.lrvm-torture /tmp/x/control rw
      91 1 0:51 / /tmp/c rw master:1 shared:2 - ext4 /dev/sda1 rw
      92 1 0:51 / /tmp/c rw - xfs /dev/sdb1 rw
      """
    #expect(MountDirectory(at: "/tmp/a b", in: table)?.source == "/tmp/x/control")
    #expect(MountDirectory(at: "/tmp/c", in: table)?.type == "xfs")
    #expect(MountDirectory(at: "/tmp", in: table) == nil)
  }
}
