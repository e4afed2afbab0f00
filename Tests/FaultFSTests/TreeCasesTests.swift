import FaultFS
import SystemPackage
import Testing

/// What a crash may leave of a tree, case by case, as the model's prose has it.
@Suite struct TreeCasesTests {
  private let root = FaultVolume.root

  /// What a crash after all calls may leave, with paths and what is there, in words.
  private func outcomes(
    _ profile: Profile = .posix, prepare: (FaultVolume) throws -> Void = { _ in },
    _ calls: (FaultVolume) throws -> Void
  ) throws -> Set<[String]> {
    let disk = FaultDisk(profile: profile)
    let volume = FaultVolume(on: disk)
    try prepare(volume)
    disk.restartRecording()
    try calls(volume)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    var outcomes: Set<[String]> = []
    try window.forEachState { state in
      outcomes.insert(try window.withDisk(showing: state) { try FaultVolume(on: $0).listing() })
    }
    return outcomes
  }

  @Test func aDirectoryThatIsLostTakesAwayWhatIsBelowIt() throws {
    func make(_ volume: FaultVolume) throws {
      let directory = try volume.makeDirectory("d", in: root, permissions: 0o755)
      let file = try volume.create("f", in: directory, permissions: 0o644)
      let handle = try volume.open(file)
      try volume.write("x", to: handle, at: 0)
      try volume.synchronize(handle, dataOnly: false)
      try volume.synchronizeDirectory(directory)
    }
    #expect(try outcomes { try make($0) } == [[], ["d/", "d/f=x"]])
    // With a journal, what the sync of the file forces holds the directory's making as well.
    for profile in [Profile.ext4Ordered, .ext4Writeback, .ext4Data, .xfs] {
      #expect(try outcomes(profile) { try make($0) } == [["d/", "d/f=x"]], "\(profile.name)")
    }
  }

  @Test func aSyncOfADirectoryCoversItsOwnEntryWhereTheProfileSaysSo() throws {
    func make(_ volume: FaultVolume) throws {
      let directory = try volume.makeDirectory("d", in: root, permissions: 0o755)
      try volume.synchronizeDirectory(directory)
    }
    for profile in Profile.named where profile.entries == .free {
      let expected: Set<[String]> = profile.fileSyncPersistsEntry ? [["d/"]] : [[], ["d/"]]
      #expect(try outcomes(profile) { try make($0) } == expected, "\(profile.name)")
    }
  }

  @Test func anExchangeIsLostOrKeptAsOne() throws {
    let found = try outcomes {
      _ = try $0.create("a", in: root, permissions: 0)
      _ = try $0.makeDirectory("d", in: root, permissions: 0)
      _ = try $0.create("b", in: $0.lookUp("d", in: root), permissions: 0)
    } _: {
      try $0.rename("a", in: root, to: "d", in: root, .exchanging)
    }
    #expect(found == [["a=", "d/", "d/b="], ["a/", "a/b=", "d="]])
  }

  @Test func aSyncOfEitherFileKeepsAnExchangeWhereTheProfileSaysSo() throws {
    for name in ["a", "b"] as [FileName] {
      let found = try outcomes(.ext4Ordered) {
        for name in ["a", "b"] as [FileName] {
          try $0.write("\(name)", to: $0.open($0.create(name, in: root, permissions: 0)), at: 0)
        }
      } _: {
        try $0.rename("a", in: root, to: "b", in: root, .exchanging)
        let handle = try $0.open($0.lookUp(name, in: root))
        try $0.synchronize(handle, dataOnly: false)
      }
      #expect(found == [["a=b", "b=a"]])
    }
  }

  @Test func aReplacedFileComesBackWithTheRename() throws {
    let found = try outcomes {
      for name in ["old", "new"] as [FileName] {
        let handle = try $0.open($0.create(name, in: root, permissions: 0))
        try $0.write("\(name)", to: handle, at: 0)
      }
    } _: {
      try $0.rename("new", in: root, to: "old", in: root)
    }
    #expect(found == [["new=new", "old=old"], ["old=new"]])
  }

  @Test func aFileWithoutANameIsThereOnlyByALink() throws {
    let found = try outcomes {
      let file = try $0.createUnnamed(in: root, permissions: 0)
      let handle = try $0.open(file)
      try $0.write("x", to: handle, at: 0)
      try $0.synchronize(handle, dataOnly: true)
      try $0.link(file, to: "f", in: root)
    }
    #expect(found == [[], ["f=x"]])
    let unsynced = try outcomes {
      let file = try $0.createUnnamed(in: root, permissions: 0)
      let handle = try $0.open(file)
      try $0.link(file, to: "f", in: root)
      try $0.synchronizeDirectory(root)
      try $0.write("x", to: handle, at: 0)
    }
    #expect(unsynced == [["f="], ["f=x"], ["f=\0"]])
  }

  @Test func aRemovedFileThatIsWrittenOnComesBackWithWhatItHolds() throws {
    let found = try outcomes {
      let handle = try $0.open($0.create("f", in: root, permissions: 0))
      try $0.write("x", to: handle, at: 0)
    } _: {
      let handle = try $0.open($0.lookUp("f", in: root))
      try $0.remove("f", in: root)
      try $0.write("y", to: handle, at: 0)
      try $0.synchronize(handle, dataOnly: true)
    }
    #expect(found == [[], ["f=y"]])
  }

  @Test func linksAreEntriesOfOneFile() throws {
    let found = try outcomes {
      let file = try $0.create("a", in: root, permissions: 0)
      try $0.link(file, to: "b", in: root)
      let handle = try $0.open(file)
      try $0.write("x", to: handle, at: 0)
      try $0.synchronize(handle, dataOnly: true)
    }
    #expect(found == [[], ["a=x"], ["b=x"], ["a=x", "b=x"]])
  }

  @Test func aSymbolicLinkHasItsTextOrIsNotThere() throws {
    let found = try outcomes {
      _ = try $0.makeSymbolicLink("l", in: root, text: Array("to".utf8))
    }
    #expect(found == [[], ["l->to"]])
  }

  @Test func aHoleIsPunchedSectorBySector() throws {
    let found = try outcomes {
      let handle = try $0.open($0.create("f", in: root, permissions: 0))
      try $0.write(String(repeating: "x", count: 1024), to: handle, at: 0)
    } _: {
      let handle = try $0.open($0.lookUp("f", in: root))
      try $0.allocate(handle, .punchingHole, at: 0, length: 1024)
    }
    let (full, hole) = (String(repeating: "x", count: 512), String(repeating: "\0", count: 512))
    #expect(
      found == [["f=" + full + full], ["f=" + full + hole], ["f=" + hole + full], ["f=" + hole + hole]])
  }

  @Test func twoRenamesMayPutDirectoriesOutOfReach() throws {
    func found(_ profile: Profile) throws -> Set<[String]> {
      try outcomes(profile) {
        let outer = try $0.makeDirectory("a", in: root, permissions: 0)
        _ = try $0.makeDirectory("b", in: outer, permissions: 0)
      } _: {
        let outer = try $0.lookUp("a", in: root)
        let inner = try $0.lookUp("b", in: outer)
        try $0.rename("b", in: outer, to: "b", in: root)
        try $0.rename("a", in: root, to: "a", in: inner)
      }
    }
    let inOrder: Set<[String]> = [["a/", "a/b/"], ["a/", "b/"], ["b/", "b/a/"]]
    #expect(try found(.posix) == inOrder.union([[]]))
    #expect(try found(.ext4Ordered) == inOrder)
  }

  @Test func attributesAreKeptFromTheReturnOnAndNotThereBefore() throws {
    let disk = FaultDisk()
    let volume = FaultVolume(on: disk)
    let file = try volume.create("f", in: root, permissions: 0o644)
    try volume.synchronizeDirectory(root)
    try volume.setAttributes(file, .init(permissions: 0o600, modified: .to(Timestamp(seconds: 7))))
    try volume.setExtendedAttribute("user.a", of: file, to: [1])
    let window = CrashWindow(over: disk)
    var shown: [(permissions: UInt16, seconds: Int, extended: Int)] = []
    for point in 2...window.lastPoint {
      window.advance(to: point)
      #expect(window.openCells.isEmpty)
      let attributes = try window.withDisk(showing: window.everythingKept) { disk in
        let volume = FaultVolume(on: disk)
        return try volume.status(of: volume.lookUp("f", in: root)).attributes
      }
      shown.append((attributes.permissions, attributes.modified.seconds, attributes.extended.count))
    }
    #expect(shown.map(\.permissions) == [0o644, 0o600, 0o600])
    #expect(shown.map(\.extended) == [0, 0, 1])
    #expect(shown[0].seconds != 7 && shown[1].seconds == 7 && shown[2].seconds == 7)
  }

  @Test func timesOfUseAreNotThereAfterACrash() throws {
    let disk = FaultDisk()
    let volume = FaultVolume(on: disk)
    let file = try volume.create("f", in: root, permissions: 0o644)
    let made = try volume.status(of: file).attributes.modified
    let handle = try volume.open(file)
    try volume.write("x", to: handle, at: 0)
    let written = try volume.status(of: file).attributes.modified
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let shown = try window.withDisk(showing: window.everythingKept) { disk in
      let volume = FaultVolume(on: disk)
      return try volume.status(of: volume.lookUp("f", in: root)).attributes.modified
    }
    #expect(shown == made && written > made)
  }

  // MARK: Questions

  /// How many bodies it takes to explore a body at the last point.
  private func bodyCount(
    _ calls: (FaultVolume) throws -> Void, _ body: (FaultVolume) throws -> Void
  ) throws -> Int {
    let disk = FaultDisk()
    try calls(FaultVolume(on: disk))
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let resolver = DepthFirst()
    var covered: UInt64 = 0
    repeat {
      try window.withDisk(resolvingBy: resolver) { try body(FaultVolume(on: $0)) }
      covered += try #require(window.resolution.coveredStates())
    } while resolver.next()
    #expect(covered == window.stateCount())
    return resolver.bodyCount
  }

  @Test func onlyWhatIsLookedAtIsAsked() throws {
    func make(_ volume: FaultVolume) throws {
      for name in ["a", "b", "c"] as [FileName] { _ = try volume.create(name, in: root, permissions: 0) }
    }
    #expect(try bodyCount(make) { _ = try? $0.lookUp("nothing", in: root) } == 1)
    #expect(try bodyCount(make) { _ = try? $0.lookUp("b", in: root) } == 2)
    #expect(try bodyCount(make) { _ = try $0.readDirectory(root) } == 8)
    // A directory with an entry is not empty, whatever else it holds.
    #expect(
      try bodyCount {
        let directory = try $0.makeDirectory("d", in: root, permissions: 0)
        try $0.synchronizeDirectory(root)
        for name in ["a", "b", "c"] as [FileName] {
          _ = try $0.create(name, in: directory, permissions: 0)
        }
      } _: {
        try? $0.removeDirectory("d", in: root)
      } == 4)
  }

  @Test func theNumberOfNamesAsksOnlyWhetherTheyAreNames() throws {
    func make(_ volume: FaultVolume) throws {
      let file = try volume.create("a", in: root, permissions: 0)
      try volume.link(file, to: "b", in: root)
      try volume.synchronizeDirectory(root)
      // What "b" stands for instead does not matter.
      try volume.remove("b", in: root)
      _ = try volume.create("b", in: root, permissions: 0)
    }
    #expect(try bodyCount(make) { _ = try $0.status(of: $0.lookUp("a", in: root)) } == 2)
    #expect(try bodyCount(make) { _ = try? $0.lookUp("b", in: root) } == 3)
  }

  // MARK: Faults

  @Test func faultsStrikeByPaths() throws {
    let disk = FaultDisk()
    let volume = FaultVolume(on: disk)
    let directory = try volume.makeDirectory("d", in: root, permissions: 0)
    let handle = try volume.open(volume.create("f", in: directory, permissions: 0))
    disk.inject([
      Fault(.writeError, file: "d/f"), Fault(.openError, file: "d/g"), Fault(.renameError, file: "*h"),
      Fault(.removeError, file: "d"), Fault(.syncError, file: "d"),
      Fault(.noSpace, file: "d/f", at: .call(2)),
    ])
    func errno(_ body: () throws -> Void) -> Errno? {
      do {
        try body()
        return nil
      } catch {
        return (error as? VolumeError)?.errno
      }
    }
    #expect(errno { try volume.write("x", to: handle, at: 0) } == .ioError)
    #expect(errno { try volume.allocate(handle, .growing, at: 0, length: 5) } == .noSpace)
    #expect(errno { _ = try volume.makeDirectory("g", in: directory, permissions: 0) } == .ioError)
    #expect(errno { try volume.rename("f", in: directory, to: "h", in: root) } == .ioError)
    #expect(errno { try volume.synchronizeDirectory(directory) } == .ioError)
    #expect(errno { try volume.synchronizeDirectory(directory) } == nil)
    #expect(errno { try volume.rename("f", in: directory, to: "h", in: root) } == nil)
    #expect(errno { try volume.removeDirectory("d", in: root) } == .ioError)
    #expect(disk.firedFaults.map(\.file) == ["d/f", "d/f", "d/g", "d/f", "d", "d"])
  }

  // MARK: Names in the timeline

  @Test func operationsAreCalledByPaths() throws {
    let disk = FaultDisk()
    let volume = FaultVolume(on: disk)
    let directory = try volume.makeDirectory("new", in: root, permissions: 0)
    let handle = try volume.open(volume.create("f", in: directory, permissions: 0))
    try volume.synchronizeDirectory(directory)
    try volume.rename("new", in: root, to: "store", in: root)
    try volume.write("x", to: volume.open(volume.lookUp("f", in: directory)), at: 0)
    try volume.synchronizeDirectory(directory)
    #expect(
      disk.timeline.operations.map(\.name) == [
        "new", "new/f", "new", "new", "store/f", "store",
      ])
    #expect(disk.timeline.operation(3).newName == "store")
    try volume.synchronize(handle, dataOnly: true)
    #expect(disk.timeline.operation(6).name == "new/f", "a file is called what it was opened by")
  }

  @Test func recordingBeginsAnew() throws {
    let disk = FaultDisk()
    let volume = FaultVolume(on: disk)
    let handle = try volume.open(volume.create("a", in: root, permissions: 0))
    try volume.write("before", to: handle, at: 0)
    disk.restartRecording()
    #expect(disk.operationCount == 0)
    try volume.write("AFTER", to: handle, at: 0)
    let window = CrashWindow(over: disk)
    var shown: [[String]] = []
    for point in 0...window.lastPoint {
      window.advance(to: point)
      try window.forEachState { state in
        shown.append(try window.withDisk(showing: state) { try FaultVolume(on: $0).listing() })
      }
    }
    let (before, after) = (["a=before"], ["a=AFTERe"])
    #expect(shown == [after, before, after, before])
  }
}

extension FaultVolume {
  /// All paths, in order, with what is there.
  fileprivate func listing() throws -> [String] {
    var lines: [String] = []
    func add(_ inode: Inode, _ path: String) throws {
      for entry in try readDirectory(inode) {
        let path = path + "\(entry.name)"
        switch entry.kind {
        case .directory:
          lines.append(path + "/")
          try add(entry.inode, path + "/")
        case .symbolicLink:
          lines.append("\(path)->\(String(decoding: try readSymbolicLink(entry.inode), as: UTF8.self))")
        default:
          let handle = try open(entry.inode)
          let bytes = try bytes(of: handle, status(of: entry.inode).size, at: 0)
          lines.append("\(path)=\(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
    try add(FaultVolume.root, "")
    return lines
  }
}
