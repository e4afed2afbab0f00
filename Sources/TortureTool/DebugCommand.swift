import ArgumentParser
import FoundationEssentials
import Glibc
import SystemPackage
import TextFiles
import TortureCampaign
import TortureFailures
import TortureViews

/// What `replay --debug` starts under a debugger; nothing for a human to type.
struct DebugCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug-case", abstract: "Runs a case up to the storage call that a failure lost.",
    shouldDisplay: false)

  @Argument(help: "A reproducer.json from a report's failures folder.")
  var file: String

  func run() throws {
    DebuggedCase(try Reproducer.read(file))?.run()
  }
}

/// A debugger that is installed.
struct Debugger {
  let path: FilePath
  private let arguments: [String]

  /// Those that are looked for, with what makes each run a program and show the call stack where it stops.
  private static let known = [
    (name: "lldb", arguments: ["-o", "run", "-o", "bt", "--"]),
    (name: "gdb", arguments: ["-q", "-ex", "run", "-ex", "bt", "--args"]),
  ]

  /// The line for `program` where none is installed.
  static func exampleLine(_ program: [String]) -> [String] {
    [known[0].name] + known[0].arguments + program
  }

  /// The first that is found in the folders of `searchPath`; nil for none.
  init?(searchPath: String) {
    let folders = searchPath.split(separator: ":").map { FilePath(String($0)) }
    for (name, arguments) in Self.known {
      for path in folders.map({ $0.appending(name) }) where unsafe access(path.string, X_OK) == 0 {
        self.path = path
        self.arguments = arguments
        return
      }
    }
    return nil
  }

  /// The words of the line that starts `program` in it.
  func line(_ program: [String]) -> [String] { [path.string] + arguments + program }
}

extension TortureCommand {
  /// `replay --debug`: this process becomes a debugger in which the case runs until the storage call that the failure lost;
  /// where there is none it says how.
  ///
  /// - Parameter searchPath: the folders in which debuggers are looked for, with colons between them.
  /// - Returns: only where no debugger was started.
  static func debug(_ path: String, searchPath: String, console: Console) -> CommandStatus {
    do {
      let file = Reproducer.file(path)
      guard let debugged = DebuggedCase(try Reproducer.read(file)) else {
        console.writeStatus(
          SafeName.printable(
            "Error: '\(file)' has no storage call to stop at: its failure is a trap or needs no crash, or its workload is a program of its own. Replay it without --debug.\n"
          ))
        return .usage
      }
      let program = [try WorkerLaunch.ownExecutable().executable.string, "debug-case", file]
      guard let debugger = Debugger(searchPath: searchPath) else {
        console.write(
          SafeName.printable(
            "No debugger is installed. With lldb, this line stops at storage call \(debugged.call):\n"
              + Debugger.exampleLine(program).map(ShellWord.quote).joined(
                separator: " ")) + "\n")
        return .success
      }
      console.write(SafeName.printable("The case stops at storage call \(debugged.call).") + "\n")
      let line = debugger.line(program)
      let words = unsafe line.map { unsafe strdup($0) } + [nil]
      _ = unsafe execv(line[0], words)
      throw FileAccessError("run the debugger", debugger.path, Errno(rawValue: errno))
    } catch let error as ReproducerError {
      return fail(error, .usage, console)
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}
