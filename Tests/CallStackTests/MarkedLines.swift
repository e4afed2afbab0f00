import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Lines of a source file that end in a comment `// mark: name`, so that no test holds a line number.
struct MarkedLines {
  private var lines: [String: Int] = [:]

  init(inFile path: String, mark: String) throws {
    for (index, line) in try contents(ofFile: path).split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      let parts = line.split(separator: "// \(mark): ")
      if parts.count == 2 { lines[String(parts[1])] = index + 1 }
    }
    try #require(!lines.isEmpty, "no line of \(path) is marked")
  }

  subscript(name: String) -> Int? { lines[name] }
}

struct UnreadableFile: Error {
  var path: String
}

func contents(ofFile path: String) throws -> String {
  guard let file = unsafe fopen(path, "r") else { throw UnreadableFile(path: path) }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  while true {
    let next = unsafe getc(file)
    if next == EOF { break }
    bytes.append(UInt8(truncatingIfNeeded: next))
  }
  return String(decoding: bytes, as: UTF8.self)
}
