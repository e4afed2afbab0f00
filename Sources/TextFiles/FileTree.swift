import FoundationEssentials
import Glibc
package import SystemPackage

/// What the harness does to folders: look, list, make, remove.
package enum FileTree {
  /// What stands at `path`, links followed; nil where there is nothing.
  package static func type(of path: FilePath) throws(FileAccessError) -> FileType? {
    do {
      return try Stat(path).type
    } catch Errno.noSuchFileOrDirectory {
      return nil
    } catch Errno.notDirectory {
      return nil
    } catch {
      throw FileAccessError("look at", path, error)
    }
  }

  /// What two paths to one file have in common: the device and the inode.
  package static func identity(of path: FilePath) throws(FileAccessError) -> String {
    do {
      let stat = try Stat(path)
      return "\(stat.deviceID.rawValue):\(stat.inode.rawValue)"
    } catch {
      throw FileAccessError("look at", path, error)
    }
  }

  /// The names in the folder `path`, sorted.
  package static func list(_ path: FilePath) throws(FileAccessError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path.string).sorted()
    } catch {
      throw FileAccessError("list", path, error)
    }
  }

  /// Makes the folder `path` and the folders above it.
  package static func makeFolder(_ path: FilePath) throws(FileAccessError) {
    do {
      try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
    } catch {
      throw FileAccessError("make the folder", path, error)
    }
  }

  /// Removes what stands at `path`, with all that is in it; a link is removed, not what it leads to.
  package static func remove(_ path: FilePath) throws(FileAccessError) {
    do {
      try FileManager.default.removeItem(atPath: path.string)
    } catch let error as CocoaError where error.code == .fileNoSuchFile {
      return
    } catch {
      throw FileAccessError("remove", path, error)
    }
  }

  /// Puts `text` in the place of the file at `path` in one step: a reader sees the old text or the new one.
  package static func replace(_ path: FilePath, with text: String) throws(FileAccessError) {
    let new = FilePath(path.string + ".new")
    try remove(new)
    try TextFile.create(new, text)
    try rename(new, to: path)
  }

  /// Puts the file `new` in the place of the one at `path`.
  package static func rename(_ new: FilePath, to path: FilePath) throws(FileAccessError) {
    guard unsafe Glibc.rename(new.string, path.string) == 0 else {
      throw FileAccessError("replace", path, Errno(rawValue: errno))
    }
  }
}
