internal import Storage

extension StorageConformance {
  static let readingChecks: [Check] = [
    Check("a read in the middle gives these bytes") { storage in
      let bytes = pattern(20_000)
      let file = try storage.file("a", bytes)
      for (offset, count) in [(0, 1), (0, 20_000), (511, 2), (4095, 2), (1, 19_998), (12_288, 4096)] {
        try expectEqual(
          bytes: file.read(count, at: offset), Array(bytes[offset..<offset + count]),
          "\(count) bytes at \(offset)")
      }
    },
    Check("a read across the end is cut there, and leaves the rest of the buffer alone") { storage in
      let file = try storage.file("a", [1, 2, 3, 4, 5])
      var bytes: [UInt8] = [9, 9, 9, 9]
      var elements = bytes.mutableSpan
      var buffer = unsafe elements.mutableBytes
      let count = try file.read(into: &buffer, at: 3)
      try expectEqual(count, 2, "bytes read")
      try expectEqual(bytes: bytes, [4, 5, 9, 9], "buffer")
    },
    Check("a read at the end, and far past it, gives nothing") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for offset in [3, 4, 4096, 1 << 40] {
        try expectEqual(bytes: file.read(10, at: offset), [], "read at \(offset)")
      }
    },
    Check("an empty file reads as nothing") { storage in
      try expectEqual(bytes: storage.open("a", .createNew).read(10, at: 0), [], "read")
    },
    Check("a read of no bytes gives nothing, anywhere") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for offset in [0, 2, 3, 100] {
        try expectEqual(bytes: file.read(0, at: offset), [], "read at \(offset)")
      }
    },
    Check("a question is asked about the bytes that a read gives") { storage in
      let bytes = pattern(20_000)
      let file = try storage.file("a", bytes)
      let places = [
        (0, 1), (0, 20_000), (511, 2), (512, 512), (12_288, 4096), (19_990, 20), (20_000, 5), (1 << 40, 9),
      ]
      for (offset, count) in places {
        let asked = try file.examine(count, at: offset) { $0.array }
        try expectEqual(bytes: asked, try file.read(count, at: offset), "\(count) bytes at \(offset)")
      }
      try expectEqual(try file.examine(0, at: 7) { $0.byteCount }, 0, "bytes asked about")
    },
    Check("a question refuses a negative length or offset and an end past Int.max") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for (offset, length) in [(-1, 1), (Int.min, 1), (Int.max, 1), (-1, 0), (0, -1)] {
        try expectError(.read, "a", .invalidOffset) {
          _ = try file.examine(length, at: offset) { $0.byteCount }
        }
      }
    },
    Check("a read refuses a negative offset and one whose end is past Int.max") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for offset in [-1, -4096, Int.min, Int.max] {
        try expectError(.read, "a", .invalidOffset) { _ = try file.read(1, at: offset) }
      }
      try expectError(.read, "a", .invalidOffset) { _ = try file.read(0, at: -1) }
    },
  ]
}
