/// One key of a scenario file: `ScenarioTable` lists them all.
package struct KeyRule: Sendable {
  enum Default: Sendable {
    /// The file must have the key.
    case required
    case value(ScenarioValue)
    /// A mapping made of its own keys' defaults.
    case section
  }

  let name: String
  let rule: ValueRule
  let absent: Default
  /// Sentences for the schema and the reference.
  let documentation: String

  init(_ name: String, _ rule: ValueRule, _ absent: Default, _ documentation: String) {
    self.name = name
    self.rule = rule
    self.absent = absent
    self.documentation = documentation
  }
}

/// Which values a key takes.
indirect enum ValueRule: Sendable {
  case integer(ClosedRange<Int>, multipleOf: Int = 1)
  case integerChoice([Int])
  case number(ClosedRange<Double>)
  case boolean
  case text(TextRule)
  case choice([String])
  case list(of: ValueRule, count: ClosedRange<Int>, distinct: Bool)
  case mapping([KeyRule])
  /// One of the words, or a mapping with exactly one of the keys.
  case wordsOrKey([String], [KeyRule])
  /// The word, or a mapping with any of the keys.
  case wordOrMapping(String, [KeyRule])
}

/// Which texts a key takes.
struct TextRule: Sendable {
  let length: ClosedRange<Int>
  /// The same set of characters for the schema, as a regular expression's character class, and for the reader.
  let characterClass: String
  /// For messages: "lower-case letters, digits and '-'".
  let characters: String
  let allows: @Sendable (Unicode.Scalar) -> Bool

  /// A name that is safe in a path, a report and a terminal.
  static let scenarioName = TextRule(
    length: 1...64, characterClass: "[a-z0-9-]", characters: "lower-case letters, digits and '-'"
  ) { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }

  static let fileName = TextRule(
    length: 1...64, characterClass: "[A-Za-z0-9_.-]", characters: "letters, digits, '_', '.' and '-'"
  ) { isFileNameCharacter($0) }

  static let filePattern = TextRule(
    length: 1...64, characterClass: "[A-Za-z0-9_.*-]", characters: "letters, digits, '_', '.', '-' and '*'"
  ) { isFileNameCharacter($0) || $0 == "*" }

  /// The same, or nothing.
  static let filePatternOrNone = TextRule(
    length: 0...64, characterClass: filePattern.characterClass, characters: filePattern.characters,
    allows: filePattern.allows)

  /// Without what a terminal obeys, and without what YAML takes for a line's end or refuses.
  static let prose = TextRule(
    length: 0...2000,
    characterClass: "[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ufeff\\ufffe\\uffff]",
    characters: "printable characters and line feeds"
  ) { scalar in
    switch scalar.value {
    case 10: true
    case 0...31, 127...159, 0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff: false
    default: true
    }
  }

  private static func isFileNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || scalar == "_" || scalar == "." || scalar == "-"
  }
}

extension ValueRule {
  /// What the rule takes, for messages: "an integer from 1 to 16".
  package var expectation: String {
    switch self {
    case .integer(let range, let multiple):
      let multiples = multiple == 1 ? "an integer" : "a multiple of \(multiple)"
      return "\(multiples) from \(range.lowerBound) to \(range.upperBound)"
    case .integerChoice(let values): return values.map(String.init).joined(separator: " or ")
    case .number(let range): return "a number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: return "true or false"
    case .text(let rule):
      return "a text of \(rule.length.lowerBound) to \(rule.length.upperBound) characters: \(rule.characters)"
    case .choice(let words): return words.count == 1 ? words[0] : "one of " + words.joined(separator: ", ")
    case .list(let element, let count, let distinct):
      let items = distinct ? "different items" : "items"
      return "a list of \(count.lowerBound) to \(count.upperBound) \(items), each \(element.expectation)"
    case .mapping(let keys): return "a mapping with the keys " + keys.map(\.name).joined(separator: ", ")
    case .wordsOrKey(let words, let keys):
      return (words + keys.map { "{\($0.name): \($0.rule.expectation)}" }).joined(separator: " or ")
    case .wordOrMapping(let word, let keys):
      return "\(word) or \(ValueRule.mapping(keys).expectation)"
    }
  }
}
