import FoundationEssentials
import Subprocess
import SystemPackage

extension TortureCommand {
  /// `replay`: the failure in the reproducer at `path`, in a process of its own, so that a trap can be told.
  ///
  /// - Returns: `.violation` where the failure, or a trap, is there; `.success` where it is not.
  public static func replay(_ path: String, console: Console, launch: WorkerLaunch? = nil) async
    -> CommandStatus
  {
    await ReproducerQuestion(path: path, console: console, launch: launch, verb: "replay").ask {
      .replay(reproducer: $0)
    } tell: { reproducer, response in
      guard case .replayed(let replay) = response else { return nil }
      return (
        replay.story + [verdict(replay.violation, of: reproducer)],
        replay.violation == nil ? .success : .violation
      )
    }
  }

  /// `replay --against`: the same with the program that the checkout in `folder` builds.
  ///
  /// Made for `git bisect run`: a commit at which it cannot be told is passed over.
  ///
  /// - Parameters:
  ///   - product: what to build, the program's own name.
  ///   - builds: whether to build it first; otherwise what was built before is run.
  /// - Returns: the process's exit code: 1 where the failure is there, 0 where it is not, 125 where the checkout cannot be
  ///   built or its program cannot judge the reproducer; 64 where the file is none.
  public static func replay(
    _ path: String, against folder: String, product: String, builds: Bool, console: Console
  ) async -> Int32 {
    func passOver(_ reason: String) -> Int32 {
      console.writeStatus(
        SafeName.printable("\(folder): \(reason); exit code 125, which bisecting passes over") + "\n")
      return OtherCheckout.untestable
    }
    do {
      _ = try Reproducer.read(path)
      let folder = FilePath(folder)
      guard try FileTree.type(of: folder) == .directory else {
        throw FileAccessError("open the folder", folder, Errno.noSuchFileOrDirectory)
      }
    } catch {
      return fail(error, .usage, console).rawValue
    }
    let checkout = OtherCheckout(folder: FilePath(folder), product: product)
    do {
      if builds {
        guard try await checkout.build() else { return passOver("'\(product)' cannot be built there") }
      }
      switch try await checkout.replay(absolute(path)) {
      case .exited(0):
        console.write(SafeName.printable("\(folder): the failure is not there") + "\n")
        return CommandStatus.success.rawValue
      case .exited(1):
        console.write(SafeName.printable("\(folder): the failure is there") + "\n")
        return CommandStatus.violation.rawValue
      case .exited(let code):
        return passOver("its '\(product)' cannot judge the reproducer and exits with \(code)")
      case .signaled(let signal): return passOver("its '\(product)' was ended by signal \(signal)")
      }
    } catch {
      return passOver("its '\(product)' cannot be run: \(error)")
    }
  }

  private static func absolute(_ path: String) -> FilePath {
    let path = FilePath(path)
    return path.isAbsolute ? path : FilePath(FileManager.default.currentDirectoryPath).pushing(path)
  }

  /// What a replay came to, held against what the reproducer has.
  static func verdict(_ violation: Violation?, of reproducer: Reproducer) -> String {
    guard let violation else { return "The failure did not come back." }
    if let recorded = reproducer.finding.violation, recorded.kind != violation.kind {
      return
        "Another failure is there: \(violation.kind.rawValue); the reproducer has \(recorded.kind.rawValue)"
    }
    return "The failure is there: \(violation.kind.rawValue)"
  }
}
