import FoundationEssentials
import SystemPackage

/// A folder for one test, with a scenario in it; removed when the test lets it go.
final class CommandFolder {
  let path: FilePath

  init() throws {
    var generator = SystemRandomNumberGenerator()
    let name = "lrvm-torture-command-" + String(generator.next() as UInt64, radix: 16)
    path = FilePath(FileManager.default.temporaryDirectory.path).appending(name)
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func write(_ name: String, _ text: String) throws {
    let file = try FileDescriptor.open(
      path.appending(name), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path.appending(name).string, withIntermediateDirectories: false)
  }

  func read(_ name: String) throws -> String {
    let file = try FileDescriptor.open(path.appending(name), .readOnly)
    return try file.closeAfter {
      let size = Int(try file.seek(offset: 0, from: .end))
      let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = unsafe try file.read(fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Writes a small scenario named `name`.
  func writeScenario(_ name: String, in folder: String = "") throws {
    try write(
      folder.isEmpty ? "\(name).yaml" : "\(folder)/\(name).yaml",
      """
      name: \(name)
      description: A few transfers.
      segments: [{ name: accounts, length: 4096 }]
      workload: { kind: bank, transactions: 6, objects: 8 }
      crash: { points: { sample: 4 }, states_per_point: 4, recovery_depth: 0 }
      faults: none
      seeds: { first: 1, count: 3 }
      """)
  }
}
