import Testing

@testable import SQLiteStore

@Suite struct SQLiteSystemTests {
  @Test func theVFSIsRegistered() { #expect(VFS.registration == 0) }
}
