internal import PersistentMemory
internal import Storage
internal import SystemPackage

/// Opening a log: mapping it, and telling one of ours from anything else.
enum LogFile {
  static func open(_ name: String, on storage: any PersistentStorage) throws(VistaError) -> AddressedMemory {
    let memory: any PersistentMemory
    do throws(StorageError) {
      memory = try storage.map(name)
    } catch {
      switch error.cause {
      case .locked: throw .logInUse(log: name)
      // An empty file cannot be mapped.
      case .errno(.invalidArgument): throw .notALog(file: name)
      default: throw .storage(during: "opening the log", error)
      }
    }
    do {
      let log = AddressedMemory(memory)
      try check(log, name)
      return log
    } catch {
      memory.close()
      throw error
    }
  }

  private static func check(_ log: AddressedMemory, _ name: String) throws(VistaError) {
    do { try log.memory.checkReadable(0, length: log.length) } catch {
      throw .storage(during: "opening the log", error)
    }
    guard log.length >= LogLayout.headerLength else { throw .notALog(file: name) }
    let header = log.words(LogLayout.headerLength / 8, at: 0)
    func word(_ offset: Int) -> UInt64 { header[offset / 8] }
    guard word(LogLayout.magicOffset) == LogLayout.magic else { throw .notALog(file: name) }
    let version = word(LogLayout.versionOffset)
    guard version == LogLayout.version else {
      throw .unsupportedVersion(log: name, found: version, supported: LogLayout.version)
    }
    let checked = Array(header[..<(LogLayout.checksumOffset / 8)])
    guard word(LogLayout.checksumOffset) == LogLayout.checksum(checked) else {
      throw .logDamaged(log: name, reason: "its header does not match its checksum")
    }
    let length = Int(truncatingIfNeeded: word(LogLayout.lengthOffset))
    guard log.length == length else { throw .logCut(log: name, length: log.length, expected: length) }
    guard length >= LogLayout.lengthMin, length <= LogLayout.lengthMax,
      word(LogLayout.slotCountOffset) == LogLayout.slotCount,
      word(LogLayout.chunkLengthOffset) == LogLayout.chunkLength
    else { throw .logDamaged(log: name, reason: "its header describes a log that this version never makes") }
  }
}
