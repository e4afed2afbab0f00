import SQLiteStore
import Torture
import TortureTool

/// The command, with the systems that this package brings.
@main
enum LRVMTorture {
  @MainActor static func main() async { await TortureCommand.main(systems: ["sqlite": SQLiteSystem.self]) }
}
