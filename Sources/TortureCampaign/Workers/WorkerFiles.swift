import FoundationEssentials
import Glibc
package import SystemPackage
package import TextFiles

/// A folder in the system's temporary directory for what dying workers leave behind; removed at the campaign's end.
package struct WorkerFolder {
  package let path: FilePath

  private static let prefix = "lrvm-torture-"
  /// Which processes the numbers in the names are of: containers may share a temporary directory, and number their own.
  private static let processes =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid"))?.filter(\.isNumber)
    ?? "0"

  /// Makes a new folder, and removes those that processes of this user which are gone have left.
  package init() throws(FileAccessError) {
    let base = FilePath(FileManager.default.temporaryDirectory.path)
    Self.removeForsaken(in: base)
    var generator = SystemRandomNumberGenerator()
    let suffix = String(generator.next() as UInt64, radix: 16)
    path = base.appending("\(Self.prefix)\(Self.processes)-\(getpid())-\(suffix)")
    do {
      // A folder of that name that somebody else made is refused, so nobody can slip a link in.
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: false)
    } catch {
      throw FileAccessError("make the folder", path, error)
    }
  }

  /// Removes the folders whose names have the number of a process that is not there any more.
  ///
  /// A process that is killed cannot clear up after itself. What cannot be looked at or removed stays.
  static func removeForsaken(in base: FilePath) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base.string)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let parts = name.dropFirst(prefix.count).split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == processes, let process = pid_t(parts[1]), process > 0 else {
        continue
      }
      if kill(process, 0) == -1 && errno == ESRCH { try? FileTree.remove(base.appending(name)) }
    }
  }

  /// The files of the worker `number`.
  package func files(worker number: Int) -> WorkerFiles {
    WorkerFiles(
      trapReport: path.appending("worker-\(number).trap"), errors: path.appending("worker-\(number).stderr"))
  }

  /// Removes the folder. What cannot be removed stays: the system clears the directory in its own time.
  package func remove() {
    try? FileTree.remove(path)
  }
}

/// Where one worker writes its trap report and its standard error.
package struct WorkerFiles {
  package let trapReport: FilePath
  package let errors: FilePath

  /// Empties both for a new process.
  ///
  /// - Returns: a descriptor to become its standard error.
  package func open() throws(FileAccessError) -> FileDescriptor {
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
  package func said() -> String {
    let text = (try? TextFile.read(errors)) ?? ""
    return text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "nothing"
  }

  /// What the Swift runtime wrote as it gave up, without the path of the source file; nil for nothing.
  package func fatalError() -> String? {
    guard let text = try? TextFile.read(errors) else { return nil }
    let line = text.split(whereSeparator: \.isNewline).last { $0.contains(Self.fatalErrorWords) }
    guard let line, let words = line.firstRange(of: Self.fatalErrorWords) else { return nil }
    return String(line[words.lowerBound...])
  }

  private static let fatalErrorWords = "Fatal error"
}
