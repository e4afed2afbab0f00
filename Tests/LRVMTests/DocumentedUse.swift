import Foundation
import LRVM
import Storage
import Testing

/// The examples of the documents, run on a real disk. `DocumentTests` checks that they are the same.
@Suite struct DocumentedUse {
  private static func inFolder(_ body: (_ path: String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lrvm-example-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test func theTransferOfTheReadme() throws {
    try Self.inFolder { path in
      let disk = try PosixStorage(directory: path)
      try RVM.createLog("bank.log", on: disk)
      try RVM.createSegment("accounts", length: 16 * RVM.pageLength, on: disk)

      let rvm = try RVM(log: "bank.log", on: disk)
      let accounts = try rvm.map("accounts")
      let transfer = try rvm.begin()
      try transfer.store(accounts.load(Int.self, at: 0) - 10, in: accounts, at: 0)
      try transfer.store(accounts.load(Int.self, at: 8) + 10, in: accounts, at: 8)
      try transfer.commit(.flush)
      try rvm.terminate()

      let again = try RVM(log: "bank.log", on: disk)
      let region = try again.map("accounts")
      #expect(region.load(Int.self, at: 0) == -10)
      #expect(region.load(Int.self, at: 8) == 10)
      try again.terminate()
    }
  }
}
