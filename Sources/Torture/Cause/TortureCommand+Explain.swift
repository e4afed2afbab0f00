extension TortureCommand {
  /// `explain`: what closes the failure of the reproducer at `path`: the missing sync, the profile, the rule.
  ///
  /// - Parameter isJSON: whether programs read it.
  /// - Returns: `.violation` where the failure is there, `.success` where it is not.
  public static func explain(
    _ path: String, isJSON: Bool = false, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    await ReproducerQuestion(path: path, console: console, launch: launch, verb: "explain").ask {
      .explain(reproducer: $0)
    } tell: { _, response in
      guard case .explained(let explanation) = response else { return nil }
      let lines = isJSON ? [try JSONText.line(explanation)] : explanation.lines
      return (lines, explanation.isThere ? .violation : .success)
    }
  }
}
