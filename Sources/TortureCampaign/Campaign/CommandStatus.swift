/// How the command ends, for whoever called it.
package enum CommandStatus: Int32, Hashable, Sendable, CaseIterable {
  /// Nothing was found; with `--canary`, everything was.
  case success = 0
  /// A violation or a trap was found; with `--canary`, a scenario was not found to violate.
  case violation = 1
  /// A case that ran twice gave two results.
  case nondeterminism = 2
  /// The harness itself failed: a worker does not start, a case could not be judged, the report cannot be written.
  case harnessFailure = 3
  /// Nothing was found, and a limit was met before every scenario had a case.
  case incomplete = 4
  /// Wrong use, limits of the system that are too low, or a scenario or reproducer that is not valid.
  case usage = 64
  /// Ended by Ctrl-C or SIGTERM.
  case interrupted = 130
}
