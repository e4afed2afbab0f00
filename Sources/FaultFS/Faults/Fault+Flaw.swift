extension Fault {
  /// The first rule that the fault breaks, as a sentence; nil where it is sound.
  public var flaw: String? {
    switch placement {
    case .call(let number) where number < 1: return "placement is call \(number); calls are counted from 1"
    case .rate(let rate) where !(0...1).contains(rate):
      return "placement is rate \(rate); it must be from 0 to 1"
    default: break
    }
    if failedSync != nil && kind != .syncError {
      return "failedSync is set, but \(kind.rawValue) fails no sync"
    }
    guard let bytes else { return nil }
    if bytes.isEmpty || bytes.lowerBound < 0 {
      return "bytes is \(bytes); it must hold at least one byte, from 0 on"
    }
    return kind.calls.contains { $0 == .write || $0 == .read }
      ? nil : "bytes is set, but \(kind.rawValue) strikes no reads or writes"
  }
  /// Why the fault makes no sense on a disk of a profile, as a sentence; nil where it does.
  ///
  /// A fault with such a flaw can be injected all the same: it then changes nothing that a crash could show, or strikes a
  /// call that the disk would not have.
  public func flaw(on profile: Profile) -> String? {
    if let flaw { return flaw }
    func sentence(_ reason: String) -> String {
      "\(kind.rawValue) makes no sense on profile '\(profile.name)': \(reason)"
    }
    switch kind {
    case .syncError:
      guard let failedSync, !profile.failedSync.contains(failedSync) else { return nil }
      let known = profile.failedSync.map(\.rawValue).joined(separator: ", ")
      return sentence("a sync that fails there leaves \(known), never \(failedSync.rawValue)")
    case .lyingSync:
      let isKept = [profile.sectors, profile.sizes, profile.entries].allSatisfy { $0 == .durableOnReturn }
      return isKept ? sentence("every call is durable when it returns, so no sync has anything to do") : nil
    case .lostWrite, .misdirectedWrite:
      return profile.sectors == .durableOnReturn
        ? sentence("every write is durable when it returns, so none can be lost") : nil
    case .wildStore:
      return profile.memory == nil ? sentence("no file is mapped as memory there") : nil
    case .lostFlush:
      if profile.memory == nil { return sentence("no file is mapped as memory there") }
      return profile.sectors == .durableOnReturn
        ? sentence("every store is permanent when it is made, so no flush has anything to do") : nil
    case .kill:
      return profile.memory == nil ? nil : sentence("what a killed process stored is in memory that survives")
    case .renameError, .removeError:
      return profile.isDevice ? sentence("a device has no names") : nil
    case .writeError, .shortWrite, .noSpace, .readError, .latentSectorError, .staleRead, .bitRot,
      .interrupted,
      .openError:
      return nil
    }
  }
}

extension Profile {
  /// Whether it is that of a device without a file system: data can be lost, sizes and names cannot.
  fileprivate var isDevice: Bool {
    sectors == .free && sizes == .durableOnReturn && entries == .durableOnReturn
  }
}
