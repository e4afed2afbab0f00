import FaultFS
import Foundation
import LRVM
import Storage
import Testing

@Suite struct OpenersTests {
  @Test(arguments: [true, false]) func aSecondOpenerOfOneLogIsRefused(_ isReal: Bool) throws {
    let directory = try TemporaryDirectory()
    let disk: any Storage = isReal ? try directory.storage() : FaultDisk()
    try SmallLog.create(on: disk)
    let first = try RVM.open(disk)
    let region = try first.map("a")
    try first.put(1, in: region, at: 0)
    let before = try disk.contents("log")
    #expect(throws: RVMError.logInUse(log: "log")) { try RVM.open(disk) }
    #expect(try disk.contents("log") == before)
    try first.put(2, in: region, at: 0)
    try first.terminate()
    let second = try RVM.open(disk)
    #expect(try second.map("a").load(UInt64.self, at: 0) == 2)
    try second.terminate()
  }

  @Test func anotherProcessThatHoldsTheLockIsRespected() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    // The process says when it has the lock, and keeps it until its input ends.
    let holder = Process()
    holder.executableURL = URL(filePath: "/usr/bin/flock")
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/flock") else { return }
    holder.arguments = ["\(directory.path)/log", "/bin/sh", "-c", "echo locked; read line"]
    let (input, output) = (Pipe(), Pipe())
    (holder.standardInput, holder.standardOutput) = (input, output)
    try holder.run()
    #expect(try output.fileHandleForReading.read(upToCount: 6) == Data("locked".utf8))
    #expect(throws: RVMError.logInUse(log: "log")) { try RVM.open(disk) }
    try input.fileHandleForWriting.close()
    holder.waitUntilExit()
    try RVM.open(disk).terminate()
  }

  @Test func whatIsLetGoWithoutTerminateIsClosed() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    for _ in 0..<3 {
      let rvm = try RVM(log: "log", on: disk)
      let region = try rvm.map("a")
      try rvm.put(1, in: region, at: 0, .noFlush)
    }
    let rvm = try RVM.open(disk)
    #expect(try rvm.map("a").load(UInt64.self, at: 0) == 0)
  }
}
