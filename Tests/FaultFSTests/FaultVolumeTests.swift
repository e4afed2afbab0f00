import FaultFS
import SystemPackage
import Testing

/// What calls of a volume return, as POSIX has it.
@Suite struct FaultVolumeTests {
  private let volume = FaultVolume(on: FaultDisk())

  private func expect(_ errno: Errno, _ body: () throws(VolumeError) -> Void) {
    do {
      try body()
      Issue.record("no error where \(errno) was expected")
    } catch {
      #expect(error.errno == errno, "\(error)")
    }
  }

  private func contents(_ inode: FaultVolume.Inode) throws -> [UInt8] {
    let handle = try volume.open(inode)
    defer { volume.close(handle) }
    return try volume.bytes(of: handle, try volume.status(of: inode).size, at: 0)
  }

  @Test func aTreeHoldsWhatWasMade() throws {
    let directory = try volume.makeDirectory("d", in: FaultVolume.root, permissions: 0o750, owner: 7)
    let file = try volume.create("f", in: directory, permissions: 0o4644)
    let link = try volume.makeSymbolicLink("l", in: FaultVolume.root, text: Array("d/f".utf8))
    let handle = try volume.open(file)
    try volume.write("hello", to: handle, at: 3)
    #expect(try contents(file) == [0, 0, 0] + "hello".utf8)
    #expect(try volume.lookUp("f", in: volume.lookUp("d", in: FaultVolume.root)) == file)
    #expect(try volume.readSymbolicLink(link) == Array("d/f".utf8))
    #expect(
      try volume.readDirectory(FaultVolume.root).map(\.name) == ["d", "l"]
        && volume.readDirectory(FaultVolume.root).map(\.kind) == [.directory, .symbolicLink])
    let status = try volume.status(of: directory)
    #expect(status.attributes.permissions == 0o750 && status.attributes.owner == 7 && status.linkCount == 1)
    #expect(try volume.status(of: link).size == 3)
  }

  @Test func errorsAreThoseOfPOSIX() throws {
    let root = FaultVolume.root
    let directory = try volume.makeDirectory("d", in: root, permissions: 0o755)
    let file = try volume.create("f", in: directory, permissions: 0o644)
    expect(.noSuchFileOrDirectory) { () throws(VolumeError) in _ = try volume.lookUp("x", in: root) }
    expect(.notDirectory) { () throws(VolumeError) in _ = try volume.lookUp("x", in: file) }
    expect(.fileNameTooLong) { () throws(VolumeError) in
      _ = try volume.create(FileName(bytes: [UInt8](repeating: 97, count: 256)), in: root, permissions: 0)
    }
    expect(.invalidArgument) { () throws(VolumeError) in
      _ = try volume.create("a/b", in: root, permissions: 0)
    }
    expect(.fileExists) { () throws(VolumeError) in
      _ = try volume.makeDirectory("d", in: root, permissions: 0)
    }
    expect(.isDirectory) { () throws(VolumeError) in try volume.remove("d", in: root) }
    expect(.notDirectory) { () throws(VolumeError) in try volume.removeDirectory("f", in: directory) }
    expect(.directoryNotEmpty) { () throws(VolumeError) in try volume.removeDirectory("d", in: root) }
    expect(.notPermitted) { () throws(VolumeError) in try volume.link(directory, to: "x", in: root) }
    expect(.invalidArgument) { () throws(VolumeError) in
      try volume.rename("d", in: root, to: "x", in: directory)
    }
    expect(.invalidArgument) { () throws(VolumeError) in _ = try volume.readSymbolicLink(file) }
    expect(.isDirectory) { () throws(VolumeError) in _ = try volume.open(directory) }
    expect(.staleNFSFileHandle) { () throws(VolumeError) in
      _ = try volume.status(of: FaultVolume.Inode(99))
    }
    expect(.badFileDescriptor) { () throws(VolumeError) in
      try volume.write("x", to: FaultVolume.Handle(99), at: 0)
    }
    try volume.remove("f", in: directory)
    try volume.removeDirectory("d", in: root)
    expect(.noSuchFileOrDirectory) { () throws(VolumeError) in
      _ = try volume.create("f", in: directory, permissions: 0)
    }
  }

  @Test func namesAreBytes() throws {
    let root = FaultVolume.root
    let composed = try volume.create("\u{e9}", in: root, permissions: 0)
    let decomposed = try volume.create("e\u{301}", in: root, permissions: 0)
    let noText = try volume.create(FileName(bytes: [0xff, 0xfe]), in: root, permissions: 0)
    #expect(Set([composed, decomposed, noText]).count == 3)
    #expect(try volume.readDirectory(root).map(\.inode) == [decomposed, composed, noText])
  }

  @Test func renamesReplaceMoveAndExchange() throws {
    let root = FaultVolume.root
    let one = try volume.create("a", in: root, permissions: 0)
    let other = try volume.create("b", in: root, permissions: 0)
    expect(.fileExists) { () throws(VolumeError) in
      try volume.rename("a", in: root, to: "b", in: root, .withoutReplacing)
    }
    try volume.rename("a", in: root, to: "b", in: root, .exchanging)
    #expect(try volume.lookUp("a", in: root) == other && volume.lookUp("b", in: root) == one)
    let directory = try volume.makeDirectory("d", in: root, permissions: 0)
    expect(.isDirectory) { () throws(VolumeError) in try volume.rename("a", in: root, to: "d", in: root) }
    expect(.notDirectory) { () throws(VolumeError) in try volume.rename("d", in: root, to: "a", in: root) }
    try volume.rename("b", in: root, to: "a", in: root)
    #expect(try volume.lookUp("a", in: root) == one && volume.status(of: other).linkCount == 0)
    try volume.rename("a", in: root, to: "a", in: directory)
    try volume.rename("d", in: root, to: "e", in: root, .withoutReplacing)
    #expect(try volume.lookUp("a", in: volume.lookUp("e", in: root)) == one)
    expect(.noSuchFileOrDirectory) { () throws(VolumeError) in
      try volume.rename("d", in: root, to: "e", in: root, .exchanging)
    }
  }

  @Test func linksAndOpenFilesOutliveNames() throws {
    let root = FaultVolume.root
    let file = try volume.create("a", in: root, permissions: 0)
    try volume.link(file, to: "b", in: root)
    try volume.rename("a", in: root, to: "b", in: root)
    #expect(try volume.status(of: file).linkCount == 2, "two names of one file stay as they are")
    try volume.remove("a", in: root)
    let handle = try volume.open(file)
    try volume.remove("b", in: root)
    try volume.write("still here", to: handle, at: 0)
    #expect(try volume.status(of: file).linkCount == 0)
    try volume.link(file, to: "c", in: root)
    volume.close(handle)
    #expect(try contents(volume.lookUp("c", in: root)) == Array("still here".utf8))
    let unnamed = try volume.createUnnamed(in: root, permissions: 0o600)
    #expect(try volume.readDirectory(root).count == 1)
    try volume.link(unnamed, to: "d", in: root)
    #expect(try volume.lookUp("d", in: root) == unnamed)
  }

  @Test func spaceIsAllocatedZeroedAndCopied() throws {
    let file = try volume.create("a", in: FaultVolume.root, permissions: 0)
    let handle = try volume.open(file)
    try volume.write("0123456789", to: handle, at: 0)
    try volume.allocate(handle, .punchingHole, at: 2, length: 3)
    #expect(try contents(file) == Array("01".utf8) + [0, 0, 0] + "56789".utf8)
    try volume.allocate(handle, .keepingSize, at: 0, length: 100)
    try volume.allocate(handle, .zeroingKeepingSize, at: 8, length: 100)
    #expect(try contents(file) == Array("01".utf8) + [0, 0, 0] + "567".utf8 + [0, 0])
    try volume.allocate(handle, .zeroing, at: 9, length: 3)
    try volume.allocate(handle, .growing, at: 0, length: 13)
    #expect(try volume.status(of: file).size == 13)
    #expect(try volume.copyRange(from: handle, at: 5, to: handle, at: 12, length: 3) == 3)
    #expect(try contents(file)[12...] == Array("567".utf8)[...])
    expect(.invalidArgument) { () throws(VolumeError) in
      _ = try volume.copyRange(from: handle, at: 0, to: handle, at: 2, length: 3)
    }
    expect(.invalidArgument) { () throws(VolumeError) in
      try volume.allocate(handle, .growing, at: 0, length: 0)
    }
    // Nothing of a hole takes memory.
    try volume.truncate(file, to: 1 << 39)
    try volume.allocate(handle, .punchingHole, at: 0, length: 1 << 39)
    #expect(try volume.bytes(of: handle, 4, at: 1 << 38) == [0, 0, 0, 0])
  }

  @Test func aVolumeCanBeFull() throws {
    volume.keptBytesMax = 4096
    let handle = try volume.open(volume.create("f", in: FaultVolume.root, permissions: 0o644))
    try volume.write("a", to: handle, at: 0)
    #expect(!volume.isFull)
    expect(.noSpace) { () throws(VolumeError) in
      for _ in 0..<100 { try volume.write("b", to: handle, at: 0) }
    }
    #expect(volume.isFull)
  }

  @Test func attributesAreKept() throws {
    let root = FaultVolume.root
    let file = try volume.create("a", in: root, permissions: 0o644)
    let born = try volume.status(of: file).attributes.modified
    let handle = try volume.open(file)
    try volume.write("x", to: handle, at: 0)
    #expect(try volume.status(of: file).attributes.modified > born)
    let time = Timestamp(seconds: 5, nanoseconds: 6)
    try volume.setAttributes(file, .init(permissions: 0o7600, group: 9, modified: .to(time)))
    let attributes = try volume.status(of: file).attributes
    #expect(attributes.permissions == 0o7600 && attributes.group == 9 && attributes.modified == time)
    try volume.setExtendedAttribute("user.a", of: file, to: [1, 2], .creating)
    expect(.fileExists) { () throws(VolumeError) in
      try volume.setExtendedAttribute("user.a", of: file, to: [], .creating)
    }
    expect(.noData) { () throws(VolumeError) in
      try volume.setExtendedAttribute("user.b", of: file, to: [], .replacing)
    }
    #expect(try volume.extendedAttributes(of: file) == ["user.a"])
    #expect(try volume.extendedAttribute("user.a", of: file) == [1, 2])
    try volume.removeExtendedAttribute("user.a", of: file)
    expect(.noData) { () throws(VolumeError) in
      _ = try volume.extendedAttribute("user.a", of: file)
    }
  }
}

extension FaultVolume {
  func write(_ text: String, to handle: Handle, at offset: Int) throws(VolumeError) {
    let bytes = Array(text.utf8)
    try unsafe write(bytes.span.bytes, to: handle, at: offset)
  }

  func bytes(of handle: Handle, _ count: Int, at offset: Int) throws(VolumeError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xee, count: count)
    var elements = bytes.mutableSpan
    var buffer = unsafe elements.mutableBytes
    let readCount = try read(into: &buffer, from: handle, at: offset)
    return Array(bytes[..<readCount])
  }
}
