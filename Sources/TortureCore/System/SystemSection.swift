/// A section of a scenario that belongs to one system under test, beside the section `system`.
///
/// A scenario of another system that has it is refused at its line.
public struct SystemSection: Sendable {
  package let key: KeyRule
  package let options: [SystemOption]

  /// A section named `name`, which no key of every scenario has.
  ///
  /// - Parameter documentation: a sentence for the schema.
  public init(_ name: String, _ options: [SystemOption], _ documentation: String) {
    guard !Scenario.CodingKeys.allCases.contains(where: { $0.rawValue == name }) else {
      fatalError("a system cannot have a section '\(name)' of its own: every scenario has that key")
    }
    key = KeyRule(name, .mapping(options.map(\.key)), .section, documentation)
    self.options = options
  }
}

/// What a scenario says in a section of its system's own, options that it leaves out included.
public struct SectionValues: OptionValues, Hashable, Sendable {
  public let name: String
  public var values: [String: OptionValue]

  public init(name: String, values: [String: OptionValue] = [:]) {
    self.name = name
    self.values = values
  }

  public var owner: String { "the section '\(name)'" }
}
