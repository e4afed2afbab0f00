import CFork
import LRVM
import Storage

/// Opens a log in the folder that it is given, forks, and prints what the child and then the parent could do with it.
@main struct ForkProbe {
  static func main() throws {
    let disk = try PosixStorage(directory: CommandLine.arguments[1])
    try RVM.createLog("log", on: disk)
    try RVM.createSegment("a", length: RVM.pageLength, on: disk)
    let rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
    let region = try rvm.map("a")
    try commit(1, rvm, region)
    unsafe shared = (rvm, region)
    print("child:", unsafe cfork_run({ _ in CInt(ForkProbe.refusedCalls()) }, nil))
    try commit(2, rvm, region)
    try rvm.terminate()
    print("parent: committed")
  }

  nonisolated(unsafe) private static var shared: (rvm: RVM, region: Region)?

  private static func commit(_ value: UInt64, _ rvm: RVM, _ region: Region) throws(RVMError) {
    let transaction = try rvm.begin()
    try transaction.store(value, in: region, at: 0)
    try transaction.commit()
  }

  /// How many of the calls throw `.forked`.
  private static func refusedCalls() -> Int {
    guard let (rvm, region) = unsafe shared else { return 0 }
    var count = 0
    func call(_ body: () throws -> Void) {
      do { try body() } catch { if error as? RVMError == .forked(log: "log") { count += 1 } }
    }
    call { try commit(9, rvm, region) }
    call { try rvm.flush() }
    call { try rvm.truncate() }
    call { try rvm.unmap(region) }
    call { try rvm.terminate() }
    return count
  }
}
