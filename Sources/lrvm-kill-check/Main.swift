import ArgumentParser
import Foundation

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lrvm-kill-check",
    abstract:
      "Kills a process that commits, to LRVM on a real disk or to Vista, and checks what it had promised.",
    discussion:
      "Exits with 0 where nothing was lost, 1 where something was, 3 where the check itself failed.",
    subcommands: [Check.self, Soak.self, Child.self, SoakChild.self], defaultSubcommand: Check.self)
}

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Kills, reopens and checks; prints one line.")

  @Option(help: "What keeps the bank: lrvm or vista.") var engine = BankEngine.lrvm
  @Option(help: "How many times to kill.") var kills = 200
  @Option(help: "Decides the transactions, and after how many of them each kill comes.") var seed: UInt64 = 1
  @Option(
    help: "An existing directory on the disk to check; by default a temporary one, for vista in /dev/shm.")
  var directory: String?
  @Flag(help: "Acknowledge transactions that were never begun: the check must find them lost.") var sabotage =
    false

  func validate() throws {
    if kills < 1 { throw ValidationError("'--kills' is at least 1, not \(kills)") }
  }

  func run() throws {
    let parent = directory.map { URL(filePath: $0) } ?? engine.usualParent
    let place = parent.appending(path: "lrvm-kill-check-\(UUID().uuidString)")
    let summary: KillCheck.Summary
    do {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
      let check = KillCheck(engine: engine, directory: place.path, seed: seed, isSabotaged: sabotage)
      summary = try check.run(kills: kills)
    } catch {
      print("the check failed: \(error); its files are in \(place.path)")
      throw ExitCode(3)
    }
    print(summary)
    if !summary.isClean {
      print("the files are kept in \(place.path)")
      throw ExitCode(1)
    }
    try FileManager.default.removeItem(at: place)
  }
}

/// Not for people: the process that is killed.
struct Child: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Argument var directory: String
  @Option var engine: BankEngine
  @Option var seed: UInt64
  @Flag var sabotage = false

  func run() throws {
    let keeper = try engine.keeper.init(in: directory)
    try Bank.run(in: keeper, seed: seed, isSabotaged: sabotage) { number in
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
      FileHandle.standardOutput.write(Data(bytes))
    }
  }
}
