import SystemPackage
import Testing
import TextFiles
import TortureSamples

@Suite struct LineReaderTests {
  @Test(arguments: [1, 3, 16, 1 << 16]) func linesAreReadWhateverTheChunk(_ chunkLength: Int) throws {
    let folder = try TestFolder()
    let lines = ["", "a", String(repeating: "b", count: 100), "", "c"]
    for (rest, text) in [
      (0, lines.joined(separator: "\n") + "\n"), (3, lines.joined(separator: "\n") + "\ncut"),
    ] {
      try FileTree.replace(folder.path.appending("file"), with: text)
      var reader = try LineReader(folder.path.appending("file"), chunkLength: chunkLength)
      var found: [String] = []
      while let line = try reader.next() { found.append(String(decoding: line, as: UTF8.self)) }
      #expect(found == lines)
      #expect(reader.restLength == rest)
      #expect(reader.offset == text.utf8.count - rest)
      reader.close()
    }
  }
}
