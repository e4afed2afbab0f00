import ArgumentParser
import FoundationEssentials
import Subprocess
import SystemPackage
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Replays one failure exactly, with call stacks.",
    discussion: """
      Exits with 1 if the failure is there, with 0 if it did not come back. With --against, another checkout of this \
      package is built and its program replays the failure; if that cannot be built or cannot judge it, the exit code is \
      125, so that 'git bisect run' skips the commit.
      """)

  @Argument(
    help: "A reproducer.json from a report's failures folder.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    help: ArgumentHelp("Replay with what the checkout in this folder builds.", valueName: "folder"),
    completion: .directory)
  var against: String?

  @Option(
    help: ArgumentHelp(
      "Also write the failure as a page for a browser: its picture, its missing sync, its stacks.",
      valueName: "file"),
    completion: .file(extensions: ["html"]))
  var html: String?

  @Flag(help: "Start the case in lldb or gdb, stopped at the storage call that was lost.")
  var debug = false

  @Flag(help: "With --against: run what is built there already.")
  var noBuild = false

  func validate() throws {
    if noBuild && against == nil { throw ValidationError("--no-build needs --against.") }
    if html != nil && against != nil {
      throw ValidationError(
        "--html and --against cannot be combined: a page shows a failure of this program.")
    }
    if debug && (html != nil || against != nil) {
      throw ValidationError("--debug cannot be combined with --html or --against.")
    }
    if html == "" { throw ValidationError("--html needs the name of a file.") }
    if against == "" { throw ValidationError("--against needs the name of a folder.") }
  }

  func run() async throws {
    if debug {
      let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return try TortureCommand.debug(file, searchPath: searchPath, console: .standard).exit()
    }
    guard let against else {
      return try await TortureCommand.replay(file, html: html, console: .standard).exit()
    }
    let code = await TortureCommand.replay(
      file, against: against, product: TortureTool.program, builds: !noBuild, console: .standard)
    if code != 0 { throw ExitCode(code) }
  }
}

extension TortureCommand {
  /// `replay`: the failure in the reproducer at `path`, in a process of its own, so that a trap can be shown.
  ///
  /// - Parameter html: the page to write; nil for none. A file that is there already is left alone.
  /// - Returns: `.violation` where the failure, or a trap, is there; `.success` where it is not.
  static func replay(_ path: String, html: String? = nil, console: Console, launch: WorkerLaunch? = nil) async
    -> CommandStatus
  {
    if let html, (try? FileTree.type(of: FilePath(html))) != nil {
      return fail(
        FileAccessError("write the page", FilePath(html), Errno.fileExists), .usage, console)
    }
    var seen: Replay?
    let status = await ReproducerQuestion(path: path, console: console, launch: launch, verb: "replay").ask {
      ReplayTask($0)
    } tell: { reproducer, replay in
      seen = replay
      return (
        StoryText.lines(replay.story) + [verdict(replay.violation, of: reproducer)],
        replay.violation == nil ? .success : .violation
      )
    }
    guard let html, status == .success || status == .violation else { return status }
    do {
      try await writePage(FilePath(html), of: path, seen, launch ?? .ownExecutable())
    } catch {
      return fail(error, .harnessFailure, console)
    }
    console.write(SafeName.printable("Page: \(html)") + "\n")
    return status
  }

  /// Writes the page of a reproducer that `replay` came of; nil for one that trapped.
  private static func writePage(
    _ page: FilePath, of path: String, _ replay: Replay?, _ launch: WorkerLaunch
  ) async throws {
    let reproducer = try Reproducer.read(path)
    var explanation: Explanation?
    if replay?.violation != nil {
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let reply = try await WorkerProcess.ask(
        ExplainTask(reproducer), launch, files: folder.files(worker: 0))
      if case .answered(let answer) = reply, answer.isThere { explanation = answer }
    }
    let file = absolute(Reproducer.file(path)).string
    let views = CampaignViews(
      of: reproducer, at: file, replayLine: "\(TortureTool.program) replay \(ShellWord.quote(file))",
      replay: replay, explanation: explanation)
    try TextFile.create(page, views.text(.html))
  }

  /// `replay --against`: the same with the program that the checkout in `folder` builds.
  ///
  /// Made for `git bisect run`: a commit at which it cannot be judged is passed over.
  ///
  /// - Parameters:
  ///   - product: what to build, the program's own name.
  ///   - builds: whether to build it first; otherwise what was built before is run.
  /// - Returns: the process's exit code: 1 where the failure is there, 0 where it is not, 125 where the checkout cannot be
  ///   built or its program cannot judge the reproducer; 64 where the file is none.
  static func replay(
    _ path: String, against folder: String, product: String, builds: Bool, console: Console
  ) async -> Int32 {
    func passOver(_ reason: String) -> Int32 {
      console.writeStatus(
        SafeName.printable("\(folder): \(reason); exit code 125, so that git bisect skips it") + "\n")
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
