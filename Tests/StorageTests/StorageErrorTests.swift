import Storage
import SystemPackage
import Testing

@Suite struct StorageErrorTests {
  @Test func saysWhatToWhichFileAndWhy() {
    #expect(
      StorageError(.write, "log", .errno(.noSpace)).description
        == "cannot write 'log': No space left on device")
    #expect(StorageError(.read, "log", .closed).description == "cannot read 'log': the file is closed")
    #expect(
      StorageError(.syncDirectory, "sub", .errno(.ioError)).description
        == "cannot sync the directory 'sub': Input/output error")
    #expect(
      StorageError(.lock, "log", .locked).description
        == "cannot lock 'log': another process or another open file holds its lock; close that one first")
    #expect(
      StorageError(.truncate, "log", .invalidOffset).description
        == "cannot truncate 'log': the offset or size is negative or too large")
    #expect(
      StorageError(.open, "../log", .invalidName).description
        == "cannot open '../log': a name must be a relative path without empty, '.' or '..' parts or zero bytes"
    )
  }

  @Test(arguments: StorageError.Operation.allCases)
  func namesEveryOperation(_ operation: StorageError.Operation) {
    #expect(
      StorageError(operation, "f", .closed).description
        == "cannot \(operation.rawValue) 'f': the file is closed")
  }
}
