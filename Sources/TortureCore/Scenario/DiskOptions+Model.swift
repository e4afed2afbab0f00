package import FaultFS

extension DiskOptions {
  /// The profile of FaultFS that the options ask for: the named one, with what they override.
  package var model: FaultFS.Profile {
    var model = fileSystem == .none ? named : .rawDevice
    if fileSystem != .none {
      model.sectorLength = 4096
      return model
    }
    // A cache line is as long as it is, and tears as its profile says.
    if !profile.isMemory { model.sectorLength = sector }
    switch tearing {
    case .byProfile: if model.canTear && !profile.isMemory { model = model.tearing(grainBytes: 1) }
    case .none: break
    case .byte: model = model.tearing(grainBytes: 1)
    case .eightBytes: model = model.tearing(grainBytes: 8)
    }
    if !powersafeOverwrite { model.tearing?.reachesNeighbours = true }
    if pages { model.tearing?.reachesPages = true }
    switch order {
    case .byProfile: break
    case .free: model.order = .free
    case .metadata: model.order = .metadata
    case .everything: model.order = .everything
    }
    switch grownSize {
    case .byProfile: break
    case .free: model.grownSize = .free
    case .overZeros: model.grownSize = .overZeros
    case .afterItsData: model.grownSize = .afterItsData
    case .withItsData: model.grownSize = .withItsData
    }
    switch exposedTail {
    case .byProfile: break
    case .olderBytes: model.exposedTail = []
    case .zeros: model.exposedTail = [.zeros]
    case .garbage: model.exposedTail = [.zeros, .garbage]
    }
    switch fileSync {
    case .byProfile: break
    case .persistsEntry: model.fileSyncPersistsEntry = true
    case .leavesEntry: model.fileSyncPersistsEntry = false
    }
    if !forcedUnitAccess.isEmpty { model.forcedUnitAccess = forcedUnitAccess }
    model.hasDirectWrites = directWrites
    return model
  }

  private var named: FaultFS.Profile {
    switch profile {
    case .posix: .posix
    case .ext4Ordered: .ext4Ordered
    case .ext4Writeback: .ext4Writeback
    case .ext4Data: .ext4Data
    case .xfs: .xfs
    case .btrfs: .btrfs
    case .rawDevice: .rawDevice
    case .processCrash: .processCrash
    case .rio: .rio
    case .adr: .adr
    case .adrTorn: .adrTorn
    }
  }
}

extension ScenarioConsistency {
  /// Overrides that make no sense with the disk's profile or with each other.
  static func diskProblems(_ disk: DiskOptions) -> [Problem] {
    var problems: [Problem] = []
    func refuse(_ key: String, _ expectation: String, found: String) {
      problems.append(
        Problem(path: "disk.\(key)", message: "disk.\(key): expected \(expectation), found \(found)"))
    }
    if disk.fileSystem != .none {
      // What a crash leaves is the kernel's business: no rule of ours describes it.
      if disk != DiskOptions(profile: .posix, fileSystem: disk.fileSystem) {
        refuse("filesystem", "no other key beside it", found: "one more")
      }
      return problems
    }
    let model = disk.model
    let profile = disk.profile.rawValue
    let asksToTear = disk.tearing == .byte || disk.tearing == .eightBytes
    if asksToTear && !model.canTear {
      refuse(
        "tearing",
        "none or by_profile, since the profile \(profile) writes \(unit(model.atom)) that cannot tear",
        found: disk.tearing.rawValue)
    }
    if disk.profile.isMemory && disk.tearing != .byProfile {
      refuse(
        "tearing", "by_profile, since under the profile \(profile) a store of 8 bytes is whole or not there",
        found: disk.tearing.rawValue)
    }
    if !disk.powersafeOverwrite && model.tearing == nil {
      refuse(
        "powersafe_overwrite",
        "true where no sector tears: neighbouring bytes are trashed by torn writes only",
        found: "false")
    }
    if disk.pages && disk.powersafeOverwrite {
      refuse("pages", "false, since with power-safe overwrite no other sector changes", found: "true")
    }
    let isFree = model.sizes == .durableOnReturn && model.entries == .durableOnReturn
    if isFree {
      let overrides = [
        ("order", disk.order.rawValue), ("grown_size", disk.grownSize.rawValue),
        ("exposed_tail", disk.exposedTail.rawValue), ("file_sync", disk.fileSync.rawValue),
      ]
      for (key, word) in overrides where word != "by_profile" {
        refuse(
          key, "by_profile, since under the profile \(profile) no size or entry is ever lost", found: word)
      }
    }
    if !disk.forcedUnitAccess.isEmpty && model.sectors == .durableOnReturn {
      refuse(
        "forced_unit_access",
        "none, since under the profile \(profile) every write is durable when it returns",
        found: "'\(disk.forcedUnitAccess)'")
    }
    return problems
  }

  private static func unit(_ atom: FaultFS.Profile.Atom) -> String {
    switch atom {
    case .sector: "sectors"
    case .block: "blocks"
    case .call: "calls"
    }
  }
}
