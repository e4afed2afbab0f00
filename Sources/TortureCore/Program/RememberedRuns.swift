/// What is known of recoveries that another process makes: they take a thousand times as long as those in this one, so that
/// none is made twice where it would see the same.
package final class RememberedRuns {
  /// Nil once one did something else where it saw the same.
  private var memory: (any CheckerMemory)?
  private var isUsed = false

  init(_ memory: any CheckerMemory) {
    self.memory = memory
  }

  /// Whether the last run counts for nothing, and how it did something else than before.
  package var divergence: String? { memory?.divergence }

  /// Makes every recovery, whatever is known, from here on.
  package func forget() { memory = nil }

  /// Makes a recovery only where it would see something new, within `body`.
  package func using<Result>(_ body: () -> Result) -> Result {
    let outer = isUsed
    isUsed = true
    defer { isUsed = outer }
    return body()
  }

  /// What may be remembered now.
  var present: (any CheckerMemory)? { isUsed ? memory : nil }
  /// What is known, whether it may be used or not.
  var known: (any CheckerMemory)? { memory }
}
