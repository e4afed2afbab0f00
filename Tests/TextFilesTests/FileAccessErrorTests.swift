import SystemPackage
import Testing
import TextFiles

@Suite struct FileAccessErrorTests {
  @Test func aFullDiskIsAnErrorThatNamesTheFile() throws {
    // /dev/full refuses every write with ENOSPC.
    do {
      let full = try FileDescriptor.open(FilePath("/dev/full"), .writeOnly)
      try full.closeAfter { _ = try full.writeAll("x".utf8) }
      Issue.record("/dev/full took a byte")
    } catch {
      let told = FileAccessError("write", "reports/latest/results.jsonl", error)
      #expect("\(told)" == "cannot write 'reports/latest/results.jsonl': No space left on device")
    }
  }
}
