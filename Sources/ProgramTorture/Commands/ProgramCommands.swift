package import ArgumentParser

/// The subcommands that programs and mounts need.
package enum ProgramCommands {
  package static let all: [any ParsableCommand.Type] = [
    NewCommand.self, RunProgramCommand.self,
    MountCommand.self, PowerCutCommand.self, UnsyncedCommand.self, FaultCommand.self, HistoryCommand.self,
    UnmountCommand.self, OnDiskCommand.self, StoreTaskCommand.self,
  ]
}
