import FaultFS
import SeededRandom
import Storage
import SystemPackage

/// A deterministic body that looks at a disk and changes it, and whose course depends on what it saw.
///
/// Everything that it observes goes into its outcome.
struct RandomBody {
  var seed: UInt64
  var stepCount: Int
  /// How much it writes: one step in this many.
  var writeOdds = 2
  /// Whether everything that is left on the disk is read at the end.
  var readsAll = false

  /// The names that it uses.
  var names = ["a", "b", "c", "d/x", "d/y"]

  func run(on disk: any Storage) throws -> [UInt64] {
    var generator = SplitMix64(seed: seed)
    var outcome: [UInt64] = []
    var digest: UInt64 = 0
    func see(_ value: UInt64) {
      outcome.append(value)
      digest = (digest ^ value) &* 0x9E37_79B9_7F4A_7C15
      digest ^= digest >> 29
    }
    func see(_ bytes: [UInt8]) {
      see(UInt64(bytes.count))
      see(bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
    }
    var files: [any StorageFile] = []
    for step in 0..<stepCount {
      // Now and then what was seen decides how it goes on.
      if generator.isOneIn(4) { generator = SplitMix64(seed: seed &+ UInt64(step) &+ (digest % 3) &* 7919) }
      do {
        if generator.isOneIn(6) || files.isEmpty {
          let mode: OpenMode = generator.isOneIn(3) ? .createOrOpen : .readWrite
          files.append(try disk.open(generator.element(of: names), mode))
          continue
        }
        let file = generator.element(of: files)
        if generator.isOneIn(writeOdds) {
          let offset = generator.below(1400)
          let longest = generator.isOneIn(3) ? 1100 : 60
          switch generator.below(12) {
          case 0: try file.truncate(to: offset)
          case 1: try file.allocate(offset)
          case 2: try disk.rename(generator.element(of: names), to: generator.element(of: names))
          case 3: try disk.remove(generator.element(of: names))
          case 4: try file.sync(.data)
          case 5: try disk.syncDirectory("")
          case 6: try file.write(generator.bytes(512), at: offset / 512 * 512)
          case 7: try file.writeScattered(1500, &generator)
          default: try file.write(generator.bytes(generator.below(longest)), at: offset)
          }
        } else {
          switch generator.below(9) {
          case 6...8:
            // Mostly about bytes of one sector.
            let offset = generator.below(1500)
            let length = min(1 + generator.below(600), generator.isOneIn(5) ? 600 : 512 - offset % 512)
            see(try file.ask(generator.below(5), length, at: offset))
          case 0: see(UInt64(try file.size()))
          case 1: for name in try disk.list(generator.isOneIn(2) ? "" : "d") { see(Array(name.utf8)) }
          case 2: see(try file.read(1 + generator.below(8), at: generator.below(1500)))
          default: see(try file.read(generator.below(700), at: generator.below(1500)))
          }
        }
      } catch {
        guard case .errno(let errno) = error.cause else { throw error }
        see(UInt64(1000 + errno.rawValue))
      }
    }
    if readsAll {
      for directory in ["", "d"] {
        for name in try disk.list(directory) {
          see(Array(name.utf8))
          do {
            let file = try disk.open(directory.isEmpty ? name : "\(directory)/\(name)", .readOnly)
            see(try file.read(file.size(), at: 0))
          } catch {
            guard case .errno(let errno) = error.cause else { throw error }
            see(UInt64(1000 + errno.rawValue))
          }
        }
      }
    }
    return outcome
  }
}

extension StorageFile {
  /// Asks one of a few questions about bytes, most of which have few answers.
  func ask(_ question: Int, _ length: Int, at offset: Int) throws(StorageError) -> UInt64 {
    try examine(length, at: offset) { bytes in
      var sum: UInt64 = 14_695_981_039_346_656_037
      for index in 0..<bytes.byteCount {
        let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
        sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211
      }
      switch question {
      case 0: return sum % 2
      case 1: return sum % 5 == 0 ? 1 : 0
      case 2: return bytes.byteCount == 0 ? 9 : unsafe UInt64(bytes.unsafeLoad(as: UInt8.self)) % 3
      case 3: return UInt64(bytes.byteCount)
      default: return sum
      }
    }
  }
}
