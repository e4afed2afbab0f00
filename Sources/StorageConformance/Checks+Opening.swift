internal import Storage
internal import SystemPackage

extension StorageConformance {
  static let openingChecks: [Check] = [
    Check("an open file knows its name") { storage in
      let file = try storage.open("a", .createNew)
      try expectEqual(file.name, "a", "name")
    },
    Check("readOnly and readWrite refuse a file that does not exist, and create none") { storage in
      for mode in [OpenMode.readOnly, .readWrite] {
        try expectError(.open, "a", .errno(.noSuchFileOrDirectory)) { _ = try storage.open("a", mode) }
      }
      try expectEqual(storage.list(""), [], "files")
    },
    Check("createNew creates an empty file that reads and writes") { storage in
      let file = try storage.open("a", .createNew)
      try expectEqual(file.size(), 0, "size of a new file")
      try file.write([1, 2, 3], at: 0)
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
    },
    Check("createNew refuses a name that exists, and leaves the file as it was") { storage in
      _ = try storage.file("a", [1, 2, 3])
      try expectError(.open, "a", .errno(.fileExists)) { _ = try storage.open("a", .createNew) }
      try expectEqual(bytes: storage.contents("a"), [1, 2, 3], "contents")
    },
    Check("createOrOpen creates a file, and opens one that exists without emptying it") { storage in
      let created = try storage.open("a", .createOrOpen)
      try created.write([1, 2, 3], at: 0)
      let opened = try storage.open("a", .createOrOpen)
      try opened.write([9], at: 1)
      try expectEqual(bytes: created.contents(), [1, 9, 3], "contents")
    },
    Check("readWrite opens without emptying, and writes") { storage in
      _ = try storage.file("a", [1, 2, 3])
      let file = try storage.open("a", .readWrite)
      try file.write([9], at: 3)
      try expectEqual(bytes: storage.contents("a"), [1, 2, 3, 9], "contents")
    },
    Check("two open files of one name see each other's writes and sizes") { storage in
      let first = try storage.file("a", [1, 2, 3])
      let second = try storage.open("a", .readWrite)
      try second.write([4, 5], at: 3)
      try expectEqual(bytes: first.contents(), [1, 2, 3, 4, 5], "after the second's write")
      try first.truncate(to: 1)
      try expectEqual(second.size(), 1, "size after the first's truncate")
    },
    Check("a file open for reading only refuses every change, empty ones too, and reads on") { storage in
      _ = try storage.file("a", [1, 2, 3])
      let file = try storage.open("a", .readOnly)
      let refused = StorageError.Cause.errno(.badFileDescriptor)
      try expectError(.write, "a", refused) { try file.write([9], at: 0) }
      try expectError(.write, "a", refused) { try file.write([], at: 0) }
      try expectError(.write, "a", refused) { try file.writeGathering([[9], [8]], at: 0) }
      try expectError(.truncate, "a", refused) { try file.truncate(to: 0) }
      try expectError(.allocate, "a", refused) { try file.allocate(10) }
      try expectError(.allocate, "a", refused) { try file.allocate(0) }
      try file.sync(.data)
      try file.sync(.full)
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
    },
  ]
}
