/// An option that a system under test takes: a key of a scenario's `system` section.
///
/// Values that the declaration does not allow are refused at their line, and what the store gets is always one that it
/// allows: `scenario.system.integer("batch")`.
public struct SystemOption: Sendable {
  package let key: KeyRule

  private init(_ name: String, _ rule: ValueRule, _ standard: ScenarioValue?, _ documentation: String) {
    let isName =
      !name.isEmpty && name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 || (48...57).contains($0) }
    guard isName, name != SystemOptions.nameKey else {
      fatalError("'\(name)' cannot be an option: expected lower-case letters, digits and '_', and not 'name'")
    }
    guard !documentation.isEmpty else { fatalError("the option '\(name)' has no documentation") }
    key = KeyRule(name, rule, standard.map { .value($0) } ?? .required, documentation)
  }

  /// A whole number.
  ///
  /// - Parameters:
  ///   - name: the key: lower-case letters, digits and `_`; not `name`.
  ///   - range: from which to which; a number beyond 2⁵³ would not survive in a report.
  ///   - factor: what it is a multiple of.
  ///   - standard: what it is where a scenario leaves it out.
  ///   - documentation: a sentence for the schema.
  public static func integer(
    _ name: String, _ range: ClosedRange<Int>, multipleOf factor: Int = 1, default standard: Int,
    _ documentation: String
  ) -> SystemOption {
    let exact = -(1 << 53)...(1 << 53)
    guard range.contains(standard), standard.isMultiple(of: factor), exact.contains(range.lowerBound),
      exact.contains(range.upperBound)
    else {
      fatalError(
        "the option '\(name)' is \(standard) by default, which must be in \(range), which must be in \(exact)"
      )
    }
    return SystemOption(name, .integer(range, multipleOf: factor), .integer(standard), documentation)
  }

  /// One of some whole numbers.
  public static func integer(
    _ name: String, of numbers: [Int], default standard: Int, _ documentation: String
  ) -> SystemOption {
    guard numbers.contains(standard) else {
      fatalError("the option '\(name)' is \(standard) by default, which must be one of \(numbers)")
    }
    return SystemOption(name, .integerChoice(numbers), .integer(standard), documentation)
  }

  /// A number with a fraction.
  public static func number(
    _ name: String, _ range: ClosedRange<Double>, default standard: Double, _ documentation: String
  ) -> SystemOption {
    guard range.contains(standard) else {
      fatalError("the option '\(name)' is \(standard) by default, which must be in \(range)")
    }
    return SystemOption(name, .number(range), .number(standard), documentation)
  }

  /// True or false.
  public static func boolean(
    _ name: String, default standard: Bool, _ documentation: String
  ) -> SystemOption {
    SystemOption(name, .boolean, .boolean(standard), documentation)
  }

  /// A text of at most 2,000 printable characters.
  ///
  /// - Parameter standard: what it is where a scenario leaves it out; nil where it must not.
  public static func text(_ name: String, default standard: String?, _ documentation: String) -> SystemOption
  {
    SystemOption(name, .text(.prose), standard.map { .text($0) }, documentation)
  }

  /// One of some words.
  public static func choice(
    _ name: String, of words: [String], default standard: String, _ documentation: String
  ) -> SystemOption {
    guard words.contains(standard) else {
      fatalError("the option '\(name)' is '\(standard)' by default, which must be one of \(words)")
    }
    return SystemOption(name, .choice(words), .text(standard), documentation)
  }
}
