import LRVMTorture
import ProgramTorture
import SQLiteStore
import TortureTool
import VistaTorture

/// The command, with the systems that this package brings.
@main
enum Main {
  @MainActor static func main() async {
    await TortureCommand.main(
      systems: [
        "lrvm": LRVMSystem.self, "vista": VistaSystem.self, "vista-heap": VistaHeapSystem.self,
        "sqlite": SQLiteSystem.self,
        "program": ProgramSystem.self,
      ],
      commands: [InspectCommand.self] + ProgramCommands.all)
  }
}
