internal import Storage
internal import SystemPackage

extension StorageConformance {
  static let writingChecks: [Check] = [
    Check("a write at the end appends") { storage in
      let file = try storage.file("a", [1, 2, 3])
      try file.write([4, 5], at: 3)
      try expectEqual(bytes: file.contents(), [1, 2, 3, 4, 5], "contents")
    },
    Check("a write past the end leaves a gap of zeros") { storage in
      let file = try storage.file("a", [1, 2, 3])
      try file.write([7], at: 10_000)
      try expectEqual(bytes: file.contents(), [1, 2, 3] + zeros(9_997) + [7], "contents")
    },
    Check("overlapping writes: the later wins, byte for byte") { storage in
      let file = try storage.open("a", .createNew)
      var expected = zeros(12_000)
      let writes = [(0, 9000), (500, 30), (511, 2), (4000, 4200), (8999, 3001), (0, 1), (11_999, 1)]
      for (index, (offset, count)) in writes.enumerated() {
        let bytes = pattern(count, from: UInt8(index * 31))
        try file.write(bytes, at: offset)
        expected.replaceSubrange(offset..<offset + count, with: bytes)
      }
      try expectEqual(bytes: file.contents(), expected, "contents")
    },
    Check("an empty write changes nothing, not even the size") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for offset in [0, 3, 5000] {
        try file.write([], at: offset)
        try file.writeGathering([], at: offset)
        try file.writeGathering([[], []], at: offset)
      }
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
    },
    Check("a write refuses a negative offset and an end past Int.max, and changes nothing") { storage in
      let file = try storage.file("a", [1, 2, 3])
      for offset in [-1, Int.min, Int.max - 1] {
        try expectError(.write, "a", .invalidOffset) { try file.write([8, 9], at: offset) }
        try expectError(.write, "a", .invalidOffset) { try file.writeGathering([[8], [9]], at: offset) }
      }
      try expectError(.write, "a", .invalidOffset) { try file.write([], at: -1) }
      try expectError(.write, "a", .invalidOffset) { try file.writeGathering([], at: -1) }
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
    },
    Check("a vectored write puts its parts one after the other") { storage in
      let file = try storage.file("a", pattern(100))
      let parts = [[1], [], pattern(5000, from: 40), [2, 3], [], pattern(4096, from: 90)]
      try file.writeGathering(parts, at: 50)
      try expectEqual(bytes: file.contents(), Array(pattern(100)[..<50] + parts.joined()), "contents")
    },
    Check("a vectored write past the end leaves a gap of zeros") { storage in
      let file = try storage.open("a", .createNew)
      try file.writeGathering([[1, 2], [3]], at: 600)
      try expectEqual(bytes: file.contents(), zeros(600) + [1, 2, 3], "contents")
    },
    Check("a vectored write of more parts than one system call takes") { storage in
      let file = try storage.open("a", .createNew)
      let parts = (0..<2500).map { pattern($0 % 5, from: UInt8($0 % 200)) }
      try file.writeGathering(parts, at: 7)
      try expectEqual(bytes: file.contents(), zeros(7) + Array(parts.joined()), "contents")
    },
    Check("a write to many places leaves what lies between them") { storage in
      for (gap, length) in [(0, 700), (1, 1), (5, 90), (60, 4), (2000, 3), (4096, 1), (9000, 100)] {
        let file = try storage.open("a", .createOrOpen)
        var expected = pattern(150_000, from: 3)
        try file.write(expected, at: 0)
        var parts: [PlacedBytes] = []
        for index in 0..<12 {
          let part = PlacedBytes(
            offset: 4090 + index * (gap + length), bytes: pattern(length, from: UInt8(40 + index)))
          expected.replaceSubrange(part.offset..<part.offset + length, with: part.bytes)
          parts.append(part)
        }
        try file.writePlaced(parts)
        try expectEqual(bytes: file.contents(), expected, "contents with gaps of \(gap)")
      }
    },
    Check("a write to many places past the end leaves gaps of zeros") { storage in
      for start in [0, 90, 100, 400, 5000] {
        let file = try storage.open("a", .createOrOpen)
        try file.truncate(to: 0)
        try file.write(pattern(100), at: 0)
        var expected = pattern(100) + zeros(start + 160)
        let parts = (0..<5).map {
          PlacedBytes(offset: start + 40 * $0, bytes: pattern(10, from: UInt8($0 + 9)))
        }
        for part in parts { expected.replaceSubrange(part.offset..<part.offset + 10, with: part.bytes) }
        try file.writePlaced(parts)
        try expectEqual(
          bytes: file.contents(), Array(expected[..<max(100, start + 170)]), "contents from \(start)")
      }
    },
    Check("a write to many places refuses as one write does, and changes nothing") { storage in
      let file = try storage.file("a", [1, 2, 3])
      let parts = [PlacedBytes(offset: -1, bytes: [9]), PlacedBytes(offset: 2, bytes: [9])]
      try expectError(.write, "a", .invalidOffset) { try file.writePlaced(parts) }
      let readOnly = try storage.open("a", .readOnly)
      for parts in [[], [PlacedBytes(offset: 0, bytes: [9])]] {
        try expectError(.write, "a", .errno(.badFileDescriptor)) { try readOnly.writePlaced(parts) }
      }
      try file.writePlaced([])
      try expectEqual(bytes: file.contents(), [1, 2, 3], "contents")
      file.close()
      try expectError(.write, "a", .closed) { try file.writePlaced([]) }
      try expectError(.write, "a", .closed) { try file.writePlaced([PlacedBytes(offset: 0, bytes: [9])]) }
    },
    Check("syncs change nothing that can be read") { storage in
      let file = try storage.file("a", pattern(5000))
      try file.sync(.data)
      try file.write([1], at: 5000)
      try file.sync(.full)
      try storage.syncDirectory("")
      try expectEqual(bytes: storage.contents("a"), pattern(5000) + [1], "contents")
    },
  ]
}
