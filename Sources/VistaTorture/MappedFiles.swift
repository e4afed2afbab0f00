internal import FaultFS
internal import PersistentMemory
internal import Storage
internal import SystemPackage
internal import TortureCore
internal import Vista

/// What the systems of this target ask of a scenario's disk: that its files can be mapped as memory.
enum MappedFiles {
  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    if scenario.disk.model.memory != nil { return [] }
    return [
      .init(
        path: "disk.profile",
        message:
          "disk.profile: expected rio, adr or adr-torn, since the system '\(scenario.system.name)' maps files as "
          + "memory, found \(scenario.disk.profile.rawValue)")
    ]
  }

  static func mapping(_ storage: any Storage) throws -> any PersistentStorage {
    guard let storage = storage as? any PersistentStorage else { throw NoMemory() }
    return storage
  }

  private struct NoMemory: Error, CustomStringConvertible {
    var description: String { "the storage maps no files as memory" }
  }

  /// A file that is there was created whole: that is what `Vista` promises of a creation that was cut off.
  static func createUnlessThere(_ create: () throws -> Void) throws {
    do {
      try create()
    } catch VistaError.storage(_, let error) where error.cause == .errno(.fileExists) {
      return
    }
  }
}
