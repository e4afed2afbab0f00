internal import Storage

extension StorageConformance {
  static let sizeChecks: [Check] = [
    Check("the size is the end of the last byte written") { storage in
      let file = try storage.open("a", .createNew)
      for (offset, count, size) in [(0, 10, 10), (5, 2, 10), (10, 1, 11), (5000, 3, 5003), (0, 1, 5003)] {
        try file.write(pattern(count), at: offset)
        try expectEqual(file.size(), size, "size after \(count) bytes at \(offset)")
      }
    },
    Check("truncate cuts, and what was cut off reads as zeros when the file grows again") { storage in
      let file = try storage.file("a", pattern(9000))
      try file.truncate(to: 700)
      try expectEqual(bytes: file.contents(), Array(pattern(9000)[..<700]), "after the cut")
      try file.truncate(to: 9000)
      try expectEqual(
        bytes: file.contents(), Array(pattern(9000)[..<700]) + zeros(8300), "after growing by truncate")
      try file.truncate(to: 3)
      try file.write([1], at: 9)
      try expectEqual(
        bytes: file.contents(), Array(pattern(9000)[..<3]) + zeros(6) + [1], "after growing by a write")
      try file.truncate(to: 2)
      try file.allocate(600)
      try expectEqual(
        bytes: file.contents(), Array(pattern(9000)[..<2]) + zeros(598), "after growing by allocate")
      try file.truncate(to: 0)
      try expectEqual(bytes: file.contents(), [], "after truncate to 0")
    },
    Check("truncate to the present size changes nothing") { storage in
      let file = try storage.file("a", pattern(1000))
      try file.truncate(to: 1000)
      try expectEqual(bytes: file.contents(), pattern(1000), "contents")
    },
    Check("allocate grows the file with zeros") { storage in
      let file = try storage.file("a", [1, 2, 3])
      try file.allocate(100_000)
      try expectEqual(bytes: file.contents(), [1, 2, 3] + zeros(99_997), "contents")
    },
    Check("allocate never shrinks, and keeps what is there") { storage in
      let file = try storage.file("a", pattern(9000))
      for size in [0, 1, 4096, 8999, 9000] {
        try file.allocate(size)
        try expectEqual(bytes: file.contents(), pattern(9000), "contents after allocate(\(size))")
      }
    },
    Check("allocate fills no gap with anything but zeros") { storage in
      let file = try storage.open("a", .createNew)
      try file.write([1], at: 20_000)
      try file.allocate(30_000)
      try expectEqual(bytes: file.contents(), zeros(20_000) + [1] + zeros(9999), "contents")
    },
    Check("truncate and allocate refuse a negative size, and change nothing") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for size in [-1, Int.min] {
        try expectError(.truncate, "a", .invalidOffset) { try file.truncate(to: size) }
        try expectError(.allocate, "a", .invalidOffset) { try file.allocate(size) }
      }
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
    },
  ]
}
