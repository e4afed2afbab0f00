import TortureCore
import TortureTool

@main
enum Main {
  @MainActor static func main() async {
    await TortureCommand.main(systems: ["hash-table": HashTableStore.self, "heap-queue": QueueStore.self])
  }
}
