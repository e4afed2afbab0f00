import Storage
import Torture
import TortureTool

/// The store as it has to be.
final class MendedStore: KeyValueStore {
  override class func create(on storage: any Storage, for scenario: Scenario) throws {
    try super.create(on: storage, for: scenario)
    try storage.syncDirectory("")
  }
}

@main
enum Main {
  @MainActor static func main() async {
    await TortureCommand.main(systems: ["kv": KeyValueStore.self, "kv-mended": MendedStore.self])
  }
}
