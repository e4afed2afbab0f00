import Storage
import Testing

@Suite struct StorageNameTests {
  @Test(arguments: ["a", "a/b", "a/b/c", "...", ".a", "a..", " ", "a/\u{301}b", "日本"])
  func valid(_ name: String) {
    #expect(StorageName.isValid(name))
    #expect(StorageName.isValidDirectory(name))
  }

  @Test(arguments: [
    "/", "/a", "a/", "a//b", ".", "..", "a/.", "a/..", "./a", "../a", "a/./b", "a\0", "a/\u{301}/",
    "/\u{301}",
  ])
  func invalid(_ name: String) {
    #expect(!StorageName.isValid(name))
    #expect(!StorageName.isValidDirectory(name))
    #expect(throws: StorageError(.remove, name, .invalidName)) { try StorageName.check(name, .remove) }
    #expect(throws: StorageError(.list, name, .invalidName)) { try StorageName.checkDirectory(name, .list) }
  }

  @Test func theEmptyNameIsTheRootDirectoryAndNoFile() throws {
    #expect(!StorageName.isValid(""))
    #expect(StorageName.isValidDirectory(""))
    try StorageName.checkDirectory("", .list)
  }

  @Test func directoryPart() {
    #expect(StorageName.directory(of: "a") == "")
    #expect(StorageName.directory(of: "a/b") == "a")
    #expect(StorageName.directory(of: "a/b/c") == "a/b")
    #expect(StorageName.directory(of: "a/\u{301}b") == "a")
    #expect(PosixStorage.directory(of: "a/b") == "a")
  }
}
