import ArgumentParser
import Foundation
import Glibc
import LRVM
import SeededRandom
import Storage

/// Kills a process with many threads again and again for a stretch of time, and looks for what it promised each time.
struct Soak: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Many threads commit while truncation runs; the process is killed every second or so, for minutes.")

  @Option(help: "For how long, in seconds.") var duration = 600.0
  @Option(help: "How many threads commit at once, 1 to 64.") var threads = 8
  @Option(help: "About how long each process lives, in seconds.") var interval = 1.0
  @Option(help: "Decides how long each process lives.") var seed: UInt64 = 1
  @Option(help: "An existing directory on the disk to check; a temporary one by default.") var directory:
    String?

  func validate() throws {
    if !(1...64).contains(threads) { throw ValidationError("'--threads' is from 1 to 64, not \(threads)") }
    if !(duration > 0) { throw ValidationError("'--duration' is above 0, not \(duration)") }
    if !(interval > 0) { throw ValidationError("'--interval' is above 0, not \(interval)") }
  }

  func run() throws {
    let parent = directory.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
    let place = parent.appending(path: "lrvm-soak-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
    do {
      print(try soak(place.path))
    } catch {
      print("the soak failed: \(error); its files are in \(place.path)")
      throw ExitCode(error is Loss ? 1 : 3)
    }
    try FileManager.default.removeItem(at: place)
  }

  private struct Loss: Error, CustomStringConvertible { var description: String }

  private func soak(_ place: String) throws -> String {
    let storage = try PosixStorage(directory: place)
    let ledger = Ledger(threads: threads)
    try ledger.create(on: storage)
    var random = SplitMix64(seed: seed)
    var promised = [UInt64](repeating: 0, count: threads)
    var kills = 0
    var acknowledged = 0
    let end = Date.now.addingTimeInterval(duration)
    while Date.now < end {
      let seconds = interval * Double(50 + random.below(100)) / 100
      for (thread, number) in try killChild(place, life: kills, after: seconds) {
        promised[thread] = max(promised[thread], number)
        acknowledged += 1
      }
      kills += 1
      let (rvm, region) = try ledger.open(on: storage, life: kills)
      for thread in 0..<threads {
        let found = ledger.number(of: thread, in: region)
        if found < promised[thread] {
          throw Loss(
            description:
              "kill \(kills): thread \(thread) was promised transaction \(promised[thread]), and \(found) is "
              + "its last")
        }
        promised[thread] = found
      }
      if let problem = ledger.problem(in: region) { throw Loss(description: "kill \(kills): \(problem)") }
      try rvm.terminate()
    }
    return
      "\(kills) kills, \(threads) threads, \(promised.reduce(0, +)) commits, \(acknowledged) acknowledged, 0 lost, "
      + "0 broken images"
  }

  /// Runs a child, kills it, and returns what it acknowledged.
  private func killChild(_ place: String, life: Int, after seconds: Double) throws -> [(Int, UInt64)] {
    let child = Process()
    child.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    child.arguments = ["soak-child", place, "--threads", "\(threads)", "--life", "\(life)"]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    let identifier = child.processIdentifier
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: seconds)
      kill(identifier, SIGKILL)
    }
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    child.waitUntilExit()
    guard child.terminationReason == .uncaughtSignal, child.terminationStatus == SIGKILL else {
      throw KillCheck.Failure(description: "the child ended by itself with status \(child.terminationStatus)")
    }
    return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
      let word = (0..<8).reduce(UInt64(0)) {
        $0 | UInt64(bytes[bytes.startIndex + start + $1]) << UInt64(8 * $1)
      }
      return (Int(word >> 56), word & (1 << 56 - 1))
    }
  }
}

/// Not for people: the process that is killed.
struct SoakChild: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Argument var directory: String
  @Option var threads: Int
  @Option var life: Int

  func run() throws {
    let storage = try PosixStorage(directory: directory)
    try Ledger(threads: threads).run(on: storage, life: life) { thread, number in
      // One write of 8 bytes to a pipe is whole, whichever thread makes it.
      let word = (UInt64(thread) << 56 | number).littleEndian
      FileHandle.standardOutput.write(unsafe withUnsafeBytes(of: word) { unsafe Data($0) })
    }
  }
}
