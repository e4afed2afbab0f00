import FoundationEssentials
import Glibc
import SystemPackage

/// A folder in the system's temporary directory for what dying workers leave behind; removed at the campaign's end.
struct WorkerFolder {
  let path: FilePath

  /// Makes a new folder.
  init() throws(FileAccessError) {
    let base = FileManager.default.temporaryDirectory.path
    var generator = SystemRandomNumberGenerator()
    let suffix = String(generator.next() as UInt64, radix: 16)
    path = FilePath(base).appending("lrvm-torture-\(getpid())-\(suffix)")
    do {
      // A folder of that name that somebody else made is refused, so nobody can slip a link in.
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
    } catch {
      throw FileAccessError("make the folder", path, error)
    }
  }

  /// The files of the worker `number`.
  func files(worker number: Int) -> WorkerFiles {
    WorkerFiles(
      trapReport: path.appending("worker-\(number).trap"), errors: path.appending("worker-\(number).stderr"))
  }

  /// Removes the folder. What cannot be removed stays: the system clears the directory in its own time.
  func remove() {
    try? FileTree.remove(path)
  }
}

/// Where one worker writes its trap report and its standard error.
struct WorkerFiles {
  let trapReport: FilePath
  let errors: FilePath

  /// Empties both for a new process.
  ///
  /// - Returns: a descriptor to become its standard error.
  func open() throws(FileAccessError) -> FileDescriptor {
    try FileTree.remove(trapReport)
    do {
      return try FileDescriptor.open(
        errors, .writeOnly, options: [.create, .truncate, .append, .closeOnExec],
        permissions: .filePermissions)
    } catch {
      throw FileAccessError("create", errors, error)
    }
  }

  /// The last line that the worker wrote to its standard error; `nothing` for none.
  func said() -> String {
    let text = (try? TextFile.read(errors)) ?? ""
    return text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing"
  }

  /// What the Swift runtime wrote as it gave up, without the path of the source file; nil for nothing.
  func fatalError() -> String? {
    guard let text = try? TextFile.read(errors) else { return nil }
    let line = text.split(whereSeparator: \.isNewline).last { $0.contains(Self.fatalErrorWords) }
    guard let line, let words = line.firstRange(of: Self.fatalErrorWords) else { return nil }
    return String(line[words.lowerBound...])
  }

  private static let fatalErrorWords = "Fatal error"
}
