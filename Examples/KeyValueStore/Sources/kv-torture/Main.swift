import Storage
import TortureCore
import TortureTool

/// The store as it has to be.
final class FixedStore: KeyValueStore {
  override class func create(on storage: any Storage) throws {
    try super.create(on: storage)
    try storage.syncDirectory("")
  }
}

@main
enum Main {
  @MainActor static func main() async {
    await TortureCommand.main(systems: [
      "kv": KeyValueSystem<KeyValueStore>.self, "kv-fixed": KeyValueSystem<FixedStore>.self,
    ])
  }
}
