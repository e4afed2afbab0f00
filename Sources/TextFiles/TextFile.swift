import Glibc
package import SystemPackage

/// Whole text files, and text files that grow line by line.
package enum TextFile {
  /// The longest file that is read, in bytes: a wrong path may lead to something without an end.
  private static let lengthMax = 1 << 26

  /// The text of the file at `path`; bytes that are not UTF-8 become replacement characters.
  package static func read(_ path: FilePath) throws(FileAccessError) -> String {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      return try file.closeAfter {
        var bytes: [UInt8] = []
        let chunk = 1 << 16
        while true {
          let part = try unsafe [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
            count = unsafe try file.read(into: UnsafeMutableRawBufferPointer(buffer))
          }
          if part.isEmpty { return String(decoding: bytes, as: UTF8.self) }
          bytes += part
          if bytes.count > lengthMax { throw Errno.fileTooLarge }
        }
      }
    } catch {
      throw FileAccessError("read", path, error)
    }
  }

  /// Writes `text` to a new file at `path`. Fails where the name exists: nothing is overwritten, no link followed.
  package static func create(_ path: FilePath, _ text: String) throws(FileAccessError) {
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate], permissions: .filePermissions)
      try file.closeAfter { _ = try file.writeAll(text.utf8) }
    } catch {
      throw FileAccessError("write", path, error)
    }
  }
}

/// A text file that is written line by line: each line has reached the operating system when `append` returns.
/// Used by one task at a time.
package struct LineFile: Sendable {
  private let path: FilePath
  private let file: FileDescriptor

  /// Creates the file. Fails where the name exists.
  package init(creating path: FilePath) throws(FileAccessError) {
    self.path = path
    do {
      file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .append, .closeOnExec],
        permissions: .filePermissions)
    } catch {
      throw FileAccessError("create", path, error)
    }
  }

  /// Goes on at the end of a file, or makes it where there is none.
  package init(goingOn path: FilePath) throws(FileAccessError) {
    self.path = path
    do {
      file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .append, .closeOnExec, .noFollow], permissions: .filePermissions)
    } catch {
      throw FileAccessError("open", path, error)
    }
  }

  /// Cuts the file off after its first `length` bytes.
  package func cut(to length: Int) throws(FileAccessError) {
    do {
      try file.resize(to: Int64(length))
    } catch {
      throw FileAccessError("shorten", path, error)
    }
  }

  package func append(_ line: String) throws(FileAccessError) { try append(bytes: Array((line + "\n").utf8)) }

  /// Appends bytes that end in a newline.
  package func append(bytes: [UInt8]) throws(FileAccessError) {
    do {
      try file.writeAll(bytes)
    } catch {
      throw FileAccessError("write", path, error)
    }
  }

  package func close() throws(FileAccessError) {
    do {
      try file.close()
    } catch {
      throw FileAccessError("close", path, error)
    }
  }
}

extension FilePermissions {
  /// Of the files that a report holds: the owner writes, everybody reads, as far as the umask allows.
  package static let filePermissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
}
