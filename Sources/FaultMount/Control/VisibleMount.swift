internal import CControl
public import FaultFS
internal import Foundation
internal import SeededRandom
internal import SystemPackage

/// A FaultFS that the whole system sees at a directory, for test suites of any kind to use, and commanded by other
/// processes (`MountClient`).
///
/// It goes with its process, however that ends: a watcher, a process of its own, detaches it. Where that was killed as well,
/// the next mount at the same directory clears the dead one away.
///
/// Power cuts apply to the present moment: the calls recorded so far, all of which have returned. What was open
/// before is dead after: each use of it fails with ESTALE, as on a file server that was restarted.
///
/// Threading: one thread at a time.
public final class VisibleMount {
  /// By its absolute path without links.
  public let directory: String
  private let profile: Profile
  private let server: VolumeServer
  private let folder: String
  private let listener: ControlSocket
  private var session: FuseSession?
  private var volume: FaultVolume

  /// Mounts an empty file system.
  ///
  /// - Parameters:
  ///   - directory: an empty directory.
  ///   - profile: what a crash may do to it; traps where it has a `flaw`.
  public init(at directory: String, profile: Profile) throws(MountError) {
    let path = MountClient.absolute(directory)
    self.directory = path
    self.profile = profile
    try Self.clear(path)
    volume = Self.volume(on: FaultDisk(profile: profile))
    let server = VolumeServer(root: .volume)
    _ = server.show(volume)
    self.server = server

    folder = FileManager.default.temporaryDirectory.path + "/lrvm-torture-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw MountError(.noSocket(.permissionDenied), path)
    }
    do {
      listener = try ControlSocket.listening(at: folder + "/control")
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw MountError(.noSocket(error), path)
    }
    do {
      session = try FuseSession(
        mountingAt: path, source: folder + "/control", isForAllUsers: geteuid() == 0,
        serve: { call in call.reply(server.answer(to: call)) })
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw MountError(.refused(error.errno, error.message), path)
    }
  }

  deinit {
    session = nil
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Makes sure that `path` is an empty directory, without a mount that its process left behind.
  private static func clear(_ path: String) throws(MountError) {
    if let mount = MountDirectory(at: path) {
      // A mount that is served answers; one that is not is dead.
      let isServed =
        mount.type == MountDirectory.type && (try? ControlSocket.connected(to: mount.source)) != nil
      if isServed || mount.type != MountDirectory.type || !isDetached(path) {
        throw MountError(.mounted(type: mount.type), path)
      }
      try? FileManager.default.removeItem(
        atPath: URL(fileURLWithPath: mount.source).deletingLastPathComponent().path)
    }
    var isDirectory: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw MountError(.noDirectory(.noSuchFileOrDirectory), path)
    }
    if !isDirectory.boolValue { throw MountError(.noDirectory(.notDirectory), path) }
    guard let found = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw MountError(.noDirectory(.permissionDenied), path)
    }
    if !found.isEmpty { throw MountError(.notEmpty, path) }
  }

  /// Detaches what is mounted at `path`: whether that could be done.
  private static func isDetached(_ path: String) -> Bool {
    unsafe ccontrol_detach(path) == 0
  }

  private static func volume(on disk: FaultDisk) -> FaultVolume {
    let volume = FaultVolume(on: disk, permissions: 0o777, owner: geteuid(), group: getegid())
    // Whoever uses it looks at the same clock.
    volume.clock = {
      let now = Date().timeIntervalSince1970
      return Timestamp(seconds: Int(now), nanoseconds: Int((now - now.rounded(.down)) * 1e9))
    }
    return volume
  }

  // MARK: Serving

  /// Serves the mount until it is unmounted, is asked to end, or the process gets SIGINT, SIGTERM or SIGHUP.
  public func serve() throws(MountError) {
    let signals: ControlSocket
    do {
      signals = try ControlSocket.signals()
    } catch {
      throw MountError(.noSocket(error), directory)
    }
    while let fuse = session?.descriptor {
      let ready = ControlSocket.wait(for: [fuse, listener.descriptor, signals.descriptor])
      if ready[0], session?.serveOne(received: {}) != true { return }
      if ready[1], !answerOne() { return }
      if ready[2] { return }
    }
  }

  /// Answers one request, if there is one.
  ///
  /// - Returns: whether the mount goes on.
  private func answerOne() -> Bool {
    // Whoever asked and did not wait for the answer is not the mount's concern.
    guard let connection = try? listener.accepted(), let bytes = try? connection.receive() else {
      return true
    }
    guard let request = try? JSONDecoder().decode(MountRequest.self, from: Data(bytes)) else {
      try? connection.send(
        MountClient.encoded(MountAnswer.refused("the request is of another version of this program")))
      return true
    }
    if request == .unmount {
      // Done is what it is once nothing is mounted.
      session = nil
      try? connection.send(MountClient.encoded(MountAnswer.done))
      return false
    }
    try? connection.send(MountClient.encoded(answer(request)))
    return true
  }

  private func answer(_ request: MountRequest) -> MountAnswer {
    switch request {
    case .cutPower(let kept): return cutPower(kept)
    case .unsynced: return .unsynced(UnsyncedPart.parts(of: volume.disk))
    case .history: return .history(volume.disk.timeline.operations.map(RecordedCall.init))
    case .inject(let faults):
      if let flaw = faults.lazy.compactMap(\.flaw).first { return .refused(flaw) }
      volume.disk.inject(faults)
      return .done
    case .unmount: fatalError("unmounting is for answerOne")
    }
  }

  private func cutPower(_ kept: MountRequest.Kept) -> MountAnswer {
    let window = CrashWindow(over: volume.disk)
    window.advance(to: window.lastPoint)
    let openCount = window.openCells.count
    let state: CrashState
    switch kept {
    case .everything: state = window.everythingKept
    case .nothing: state = window.nothingKept
    case .drawn(let seed):
      var random = SplitMix64(seed: seed)
      state = window.state { _, candidates in CrashState.Choice(random.draw(candidates)) }
    }
    volume = Self.volume(on: window.cutPower(leaving: state))
    _ = server.show(volume)
    return .powerCut(openCells: openCount, lostCells: state.deviations.count)
  }
}
