import Foundation
import Glibc
import SeededRandom

/// Kills a process in the middle of its transactions, again and again, and looks for what was promised.
///
/// A child runs the bank and writes the number of each transaction to its output once it is promised to
/// last. The parent reads some of these, waits a moment more, and sends SIGKILL. Then it opens the log
/// itself, or, one time in four, lets the next child recover, which may be killed in turn while it does.
struct KillCheck {
  struct Summary: CustomStringConvertible {
    var kills = 0
    var acknowledged = 0
    /// Acknowledged transactions that were gone.
    var lost = 0
    /// Openings that showed an image which no number of transactions leaves.
    var broken = 0

    var isClean: Bool { lost == 0 && broken == 0 }

    var description: String {
      "\(kills) kills, \(acknowledged) acknowledged commits, \(lost) lost, \(broken) broken images"
    }
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let engine: BankEngine
  let directory: String
  let seed: UInt64
  /// The child acknowledges what it has not done: the check must find that.
  let isSabotaged: Bool

  func run(kills: Int) throws -> Summary {
    try engine.keeper.create(in: directory)
    let keeper = try engine.keeper.init(in: directory)
    try Bank.fill(keeper)
    try keeper.close()
    var random = SplitMix64(seed: seed)
    var bank = Bank(seed: seed)
    var summary = Summary()
    var promised: UInt64 = 0
    for kill in 1...kills {
      let numbers = try killChild(afterAcknowledged: random.below(30), microseconds: random.below(4000))
      summary.kills += 1
      summary.acknowledged += numbers.count
      promised = max(promised, numbers.last ?? 0)
      if kill < kills && random.below(4) == 0 { continue }
      try check(&bank, promised, &summary)
      promised = bank.number
    }
    return summary
  }

  /// Runs a child, kills it, and returns the numbers that it acknowledged.
  private func killChild(afterAcknowledged count: Int, microseconds: Int) throws -> [UInt64] {
    let child = Process()
    child.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments =
      ["child", directory, "--engine", engine.rawValue, "--seed", "\(seed)"]
      + (isSabotaged ? ["--sabotage"] : [])
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    var bytes = Data()
    while bytes.count < 8 * count {
      guard let more = try pipe.fileHandleForReading.read(upToCount: 8 * count - bytes.count), !more.isEmpty
      else {
        child.waitUntilExit()
        throw Failure(description: "the child ended by itself with status \(child.terminationStatus)")
      }
      bytes += more
    }
    usleep(UInt32(microseconds))
    kill(child.processIdentifier, SIGKILL)
    if let rest = try pipe.fileHandleForReading.readToEnd() { bytes += rest }
    child.waitUntilExit()
    guard child.terminationReason == .uncaughtSignal, child.terminationStatus == SIGKILL else {
      throw Failure(description: "the child ended by itself with status \(child.terminationStatus)")
    }
    return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
      (0..<8).reduce(0) { $0 | UInt64(bytes[bytes.startIndex + start + $1]) << UInt64(8 * $1) }
    }
  }

  /// Opens the log as after a crash, and compares what it shows with what the bank must hold.
  private func check(_ bank: inout Bank, _ promised: UInt64, _ summary: inout Summary) throws {
    let keeper = try engine.keeper.init(in: directory)
    let (number, balances) = (Bank.number(in: keeper), Bank.balances(in: keeper))
    try keeper.close()
    if number < promised {
      summary.lost += Int(promised - number)
      bank = Bank(seed: seed)
    }
    bank.advance(to: number)
    if balances != bank.balances { summary.broken += 1 }
  }
}
