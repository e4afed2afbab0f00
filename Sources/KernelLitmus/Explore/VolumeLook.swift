import FaultFS
import KernelDisk

/// Looks at a volume without mounting it, and says what `litmus-calls` would print of it.
struct VolumeLook {
  private let volume: FaultVolume
  private var lines: [String] = []
  private var seen: [FaultVolume.Inode: String] = [:]

  static func outcome(on volume: FaultVolume) -> String {
    var look = VolumeLook(volume)
    look.lookInto(FaultVolume.root, path: "")
    return CrashedDiskLook.joined(look.lines)
  }

  private init(_ volume: FaultVolume) {
    self.volume = volume
  }

  private mutating func lookInto(_ directory: FaultVolume.Inode, path: String) {
    guard let entries = try? volume.readDirectory(directory) else {
      lines.append("\(path)/ cannot be read")
      return
    }
    for entry in entries.sorted(by: { $0.name < $1.name })
    where !entry.name.bytes.starts(with: [UInt8(ascii: ".")]) {
      let entryPath = path.isEmpty ? entry.name.description : "\(path)/\(entry.name)"
      switch entry.kind {
      case .directory:
        lines.append("\(entryPath)/")
        lookInto(entry.inode, path: entryPath)
      case .symbolicLink:
        let text = (try? volume.readSymbolicLink(entry.inode)) ?? []
        lines.append("\(entryPath) -> \(String(decoding: text, as: UTF8.self))")
      default: lookAt(entry.inode, path: entryPath)
      }
    }
  }

  private mutating func lookAt(_ inode: FaultVolume.Inode, path: String) {
    if let first = seen[inode] {
      lines.append("\(path) = \(first)")
      return
    }
    seen[inode] = path
    guard let size = try? volume.status(of: inode).size, let handle = try? volume.open(inode) else {
      lines.append("\(path) cannot be read")
      return
    }
    defer { volume.close(handle) }
    let bytes = volume.bytes(of: handle, at: 0, count: size)
    lines.append("\(path) \(size)\(Self.runs(bytes))")
  }

  /// Bytes as runs of one letter. What is shorter than any run that a test writes is what the disk held before, and shown as one.
  static func runs(_ bytes: ArraySlice<UInt8>) -> String {
    var runs: [(letter: Character, count: Int)] = []
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let letter = letter(bytes[place])
      let end = bytes[place...].firstIndex { Self.letter($0) != letter } ?? bytes.endIndex
      let shown = end - place < lettersMin ? "?" : letter
      if runs.last?.letter == shown {
        runs[runs.count - 1].count += end - place
      } else {
        runs.append((shown, end - place))
      }
      place = end
    }
    return runs.map { " \($0.letter)\($0.count)" }.joined()
  }

  private static let lettersMin = 8

  private static func letter(_ byte: UInt8) -> Character {
    switch byte {
    case 0: "."
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(UnicodeScalar(byte))
    default: "?"
    }
  }
}
