internal import Storage
internal import SystemPackage

extension StorageConformance {
  static let nameChecks: [Check] = [
    Check("list gives the names, sorted") { storage in
      try expectEqual(storage.list(""), [], "files of an empty storage")
      for name in ["b", "a.log", "C", "a", "ä", "10", "9", "with space"] {
        _ = try storage.open(name, .createNew)
      }
      try expectEqual(
        storage.list(""), ["b", "a.log", "C", "a", "ä", "10", "9", "with space"].sorted(), "files")
    },
    Check("rename moves the file to its new name") { storage in
      _ = try storage.file("a", [1, 2, 3])
      try storage.rename("a", to: "b")
      try expectEqual(storage.list(""), ["b"], "files")
      try expectEqual(bytes: storage.contents("b"), [1, 2, 3], "contents")
    },
    Check("rename replaces the file that has the new name") { storage in
      _ = try storage.file("a", [1, 2, 3])
      _ = try storage.file("b", pattern(5000))
      try storage.rename("a", to: "b")
      try expectEqual(storage.list(""), ["b"], "files")
      try expectEqual(bytes: storage.contents("b"), [1, 2, 3], "contents")
    },
    Check("rename to the same name changes nothing") { storage in
      _ = try storage.file("a", [1, 2, 3])
      try storage.rename("a", to: "a")
      try expectEqual(bytes: storage.contents("a"), [1, 2, 3], "contents")
    },
    Check("rename refuses a file that does not exist, and keeps the one with the new name") { storage in
      _ = try storage.file("b", [1, 2, 3])
      try expectError(.rename, "a", .errno(.noSuchFileOrDirectory)) { try storage.rename("a", to: "b") }
      try expectError(.rename, "a", .errno(.noSuchFileOrDirectory)) { try storage.rename("a", to: "a") }
      try expectEqual(bytes: storage.contents("b"), [1, 2, 3], "contents")
    },
    Check("open files survive a rename, the replaced one too") { storage in
      let moved = try storage.file("a", [1, 2, 3])
      let replaced = try storage.file("b", [4, 5, 6])
      try storage.rename("a", to: "b")
      try moved.write([7], at: 3)
      try replaced.write([8], at: 3)
      try moved.sync(.full)
      try replaced.sync(.full)
      try expectEqual(bytes: storage.contents("b"), [1, 2, 3, 7], "the file that moved, by name")
      try expectEqual(bytes: moved.contents(), [1, 2, 3, 7], "the file that moved")
      try expectEqual(bytes: replaced.contents(), [4, 5, 6, 8], "the file that lost its name")
      try expectEqual(moved.name, "a", "the name that the moved file was opened by")
    },
    Check("remove takes the name away; the open file stays usable") { storage in
      let file = try storage.file("a", [1, 2, 3])
      try storage.remove("a")
      try expectEqual(storage.list(""), [], "files")
      try expectError(.open, "a", .errno(.noSuchFileOrDirectory)) { _ = try storage.open("a", .readOnly) }
      try file.write([4], at: 3)
      try file.allocate(6)
      try file.sync(.data)
      try expectEqual(bytes: file.contents(), [1, 2, 3, 4, 0, 0], "contents of the nameless file")
    },
    Check("a name can be used again after remove, for another file") { storage in
      let old = try storage.file("a", [1, 2, 3])
      try storage.remove("a")
      let new = try storage.file("a", [9])
      try expectEqual(bytes: old.contents(), [1, 2, 3], "the old file")
      try expectEqual(bytes: new.contents(), [9], "the new file")
    },
    Check("remove refuses a file that does not exist") { storage in
      try expectError(.remove, "a", .errno(.noSuchFileOrDirectory)) { try storage.remove("a") }
    },
    Check("every call refuses an invalid name, and changes nothing") { storage in
      _ = try storage.file("a", [1])
      let invalid = [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "../a", "a/..", "a/../b", "a\0", "\0",
      ]
      for name in invalid {
        for mode in [OpenMode.readOnly, .readWrite, .createNew, .createOrOpen] {
          try expectError(.open, name, .invalidName) { _ = try storage.open(name, mode) }
        }
        try expectError(.rename, name, .invalidName) { try storage.rename(name, to: "b") }
        try expectError(.rename, name, .invalidName) { try storage.rename("a", to: name) }
        try expectError(.remove, name, .invalidName) { try storage.remove(name) }
        if name.isEmpty { continue }
        try expectError(.list, name, .invalidName) { _ = try storage.list(name) }
        try expectError(.syncDirectory, name, .invalidName) { try storage.syncDirectory(name) }
      }
      try expectEqual(storage.list(""), ["a"], "files")
    },
    Check("dots, spaces and unusual characters are allowed in a name") { storage in
      for name in ["...", ".a", "a.", "..a", " ", "\n", "-", "a\\b", "é", "日本"] {
        _ = try storage.file(name, Array(name.utf8))
        try expectEqual(bytes: storage.contents(name), Array(name.utf8), "contents of '\(name)'")
        try storage.remove(name)
      }
    },
  ]

  static let namesInDirectoriesChecks: [Check] = [
    Check("files of a directory are its own, and listed without its name") { storage in
      _ = try storage.file("a", [1])
      _ = try storage.file("\(subdirectory)/a", [2])
      _ = try storage.file("\(subdirectory)/b", [3])
      try expectEqual(storage.list(""), ["a"], "files of the root")
      try expectEqual(storage.list(subdirectory), ["a", "b"], "files of the directory")
      try expectEqual(bytes: storage.contents("a"), [1], "the root's file")
      try expectEqual(bytes: storage.contents("\(subdirectory)/a"), [2], "the directory's file")
    },
    Check("rename moves a file between directories") { storage in
      _ = try storage.file("\(subdirectory)/a", [1])
      try storage.rename("\(subdirectory)/a", to: "b")
      try storage.syncDirectory(subdirectory)
      try storage.syncDirectory("")
      try expectEqual(storage.list(subdirectory), [], "files of the directory")
      try expectEqual(bytes: storage.contents("b"), [1], "contents")
    },
    Check("errors carry the name with its directory") { storage in
      let name = "\(subdirectory)/a"
      try expectError(.open, name, .errno(.noSuchFileOrDirectory)) { _ = try storage.open(name, .readOnly) }
      try expectError(.remove, name, .errno(.noSuchFileOrDirectory)) { try storage.remove(name) }
      let file = try storage.open(name, .createNew)
      try expectError(.truncate, name, .invalidOffset) { try file.truncate(to: -1) }
    },
  ]
}
