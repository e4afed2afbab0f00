import Storage
import Testing

@testable import PersistentMemory

@Suite struct MappedMemoryTests {
  private func memory(_ storage: MappedStorage, length: Int = 8192) throws -> MappedMemory {
    let file = try storage.open("a", .createNew)
    try file.allocate(length)
    file.close()
    return try #require(try storage.map("a") as? MappedMemory)
  }

  @Test func onTmpfsAStoreIsPermanentWhenItIsMade() throws {
    let folder = try Folder()
    let memory = try memory(MappedStorage(directory: folder.path))
    #expect(memory.permanence == .stores)
    #expect(!memory.needsFlush)
  }

  @Test func aCallerSaysWhatMakesAStorePermanent() throws {
    let folder = try Folder()
    let memory = try memory(MappedStorage(directory: folder.path, permanence: .lines))
    #expect(memory.permanence == .lines)
    #expect(memory.needsFlush)
    // On a processor without the instruction this would end the program.
    memory.store(UInt64(5), at: 4096)
    memory.flush(4096, length: 200)
    try memory.fence()
    #expect(memory.load(UInt64.self, at: 4096) == 5)
  }

  @Test func protectedMemoryHasNoPlaceToStoreTo() throws {
    let folder = try Folder()
    let memory = try memory(MappedStorage(directory: folder.path, isProtected: true))
    let (storable, loadable) = unsafe (memory.storableBytes == nil, memory.loadableBytes != nil)
    #expect(storable)
    #expect(loadable)
  }

  @Test func aStorePastProtectionEndsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let folder = try Folder()
      let storage = try MappedStorage(directory: folder.path, isProtected: true)
      let file = try storage.open("a", .createNew)
      try file.allocate(4096)
      let memory = try storage.map("a")
      memory.store(UInt64(1), at: 0)
      guard let address = unsafe memory.loadableBytes else { return }
      unsafe UnsafeMutableRawPointer(mutating: address).storeBytes(of: 2, as: UInt64.self)
    }
  }

  @Test(arguments: [(7, 8), (-8, 8), (4096, 8), (0, 3), (2, 4)])
  func aPlaceThatIsNoneEndsTheProgram(_ place: (Int, Int)) async {
    await #expect(processExitsWith: .failure) { [offset = place.0 as Int, byteCount = place.1 as Int] in
      let folder = try Folder()
      let storage = try MappedStorage(directory: folder.path)
      let file = try storage.open("a", .createNew)
      try file.allocate(4096)
      try storage.map("a").store(1, byteCount: byteCount, at: offset)
    }
  }

  @Test func flushedPagesAreJoinedAndWrittenOnce() {
    var pages = FlushedPages()
    pages.add(5000..<5001)
    pages.add(5002..<5003)
    pages.add(100..<8200)
    pages.add(40_000..<40_001)
    #expect(pages.takeAll() == [0..<12_288, 36_864..<40_960])
    #expect(pages.takeAll() == [])
  }

  @Test func manyFlushedPagesFarApartAreOneRange() {
    var pages = FlushedPages()
    for page in 0..<64 { pages.add(page * 100_000..<page * 100_000 + 1) }
    #expect(pages.takeAll() == [0..<6_303_744])
  }
}
