extension TortureCommand {
  /// `explain`: what closes the failure of the reproducer at `path`: the missing sync, the profile, the rule.
  ///
  /// - Returns: `.violation` where the failure is there, `.success` where it is not.
  public static func explain(_ path: String, console: Console, launch: WorkerLaunch? = nil) async
    -> CommandStatus
  {
    let reproducer: Reproducer
    do {
      reproducer = try Reproducer.read(path)
    } catch {
      return fail(error, .usage, console)
    }
    do {
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let reply = try await WorkerProcess.ask(
        .explain(reproducer: reproducer), try launch ?? .ownExecutable(), files: folder.files(worker: 0))
      switch reply {
      case .answered(.explained(let explanation)):
        for line in explanation.lines { console.write(SafeName.printable(line) + "\n") }
        return explanation.isThere ? .violation : .success
      case .answered:
        throw WorkerError("a worker was asked to explain '\(path)' and answered something else")
      case .died(.trapped(let trap)):
        console.write(SafeName.printable("It \(trap.summary)") + "\n")
        return .violation
      case .died(.failed(let reason, _)):
        throw WorkerError("the explanation of '\(path)' \(reason)")
      }
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}
