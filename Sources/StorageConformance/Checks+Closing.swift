internal import Storage

extension StorageConformance {
  static let closingChecks: [Check] = [
    Check("a closed file refuses every call, and says so before anything else; closing twice is allowed") {
      storage in
      let file = try storage.file("a", [1, 2, 3])
      file.close()
      file.close()
      try expectError(.read, "a", .closed) { _ = try file.read(1, at: 0) }
      try expectError(.read, "a", .closed) { _ = try file.read(1, at: -1) }
      try expectError(.write, "a", .closed) { try file.write([1], at: 0) }
      try expectError(.write, "a", .closed) { try file.write([], at: -1) }
      try expectError(.write, "a", .closed) { try file.writeGathering([[1]], at: 0) }
      try expectError(.size, "a", .closed) { _ = try file.size() }
      try expectError(.truncate, "a", .closed) { try file.truncate(to: 0) }
      try expectError(.allocate, "a", .closed) { try file.allocate(-1) }
      try expectError(.sync, "a", .closed) { try file.sync(.data) }
      try expectError(.sync, "a", .closed) { try file.sync(.full) }
      try expectError(.lock, "a", .closed) { try file.lockExclusively() }
      try expectEqual(bytes: storage.contents("a"), [1, 2, 3], "contents")
    },
    Check("closing one open file leaves the others") { storage in
      let first = try storage.file("a", [1, 2, 3])
      let second = try storage.open("a", .readWrite)
      first.close()
      try second.write([4], at: 3)
      try expectEqual(bytes: second.contents(), [1, 2, 3, 4], "contents")
    },
    Check("the lock excludes every other open file, until it is closed") { storage in
      let first = try storage.open("a", .createNew)
      let second = try storage.open("a", .readWrite)
      let third = try storage.open("a", .readOnly)
      try first.lockExclusively()
      try expectError(.lock, "a", .locked) { try second.lockExclusively() }
      try expectError(.lock, "a", .locked) { try third.lockExclusively() }
      first.close()
      try third.lockExclusively()
      try expectError(.lock, "a", .locked) { try second.lockExclusively() }
      third.close()
      try second.lockExclusively()
    },
    Check("the lock goes with the last reference to the open file") { storage in
      var first: (any StorageFile)? = try storage.open("a", .createNew)
      try first?.lockExclusively()
      let second = try storage.open("a", .readWrite)
      try expectError(.lock, "a", .locked) { try second.lockExclusively() }
      first = nil
      try second.lockExclusively()
    },
    Check("taking the lock again through the same open file is allowed, and one close lets it go") {
      storage in
      let first = try storage.open("a", .createNew)
      let second = try storage.open("a", .readWrite)
      try first.lockExclusively()
      try first.lockExclusively()
      first.close()
      try second.lockExclusively()
    },
    Check("the lock is advice: others read and write") { storage in
      let first = try storage.file("a", [1, 2, 3])
      try first.lockExclusively()
      let second = try storage.open("a", .readWrite)
      try second.write([9], at: 0)
      try expectEqual(bytes: second.contents(), [9, 2, 3], "contents")
    },
    Check("the lock belongs to the file, not to its name") { storage in
      let first = try storage.open("a", .createNew)
      try first.lockExclusively()
      try storage.rename("a", to: "b")
      let moved = try storage.open("b", .readWrite)
      try expectError(.lock, "b", .locked) { try moved.lockExclusively() }
      try storage.open("a", .createNew).lockExclusively()
    },
    Check("locks of different files do not meet") { storage in
      let first = try storage.open("a", .createNew)
      let second = try storage.open("b", .createNew)
      try first.lockExclusively()
      try second.lockExclusively()
    },
  ]
}
