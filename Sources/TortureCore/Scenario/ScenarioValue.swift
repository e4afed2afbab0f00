/// A value of a scenario file, with its mappings in order: what is read from a file, what a default is, and what
/// the schema is made of.
package indirect enum ScenarioValue: Hashable, Sendable {
  case integer(Int)
  case number(Double)
  case boolean(Bool)
  case text(String)
  case list([ScenarioValue])
  case mapping([Entry])

  package struct Entry: Hashable, Sendable {
    var key: String
    var value: ScenarioValue

    init(_ key: String, _ value: ScenarioValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value of a mapping's key.
  subscript(key: String) -> ScenarioValue? {
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  static func texts(_ words: [String]) -> ScenarioValue { .list(words.map { .text($0) }) }
}

// MARK: - As text

extension ScenarioValue {
  /// The value as JSON, indented by two spaces, keys in their order.
  package func json(indentation: Int = 0) -> String {
    let outer = String(repeating: " ", count: indentation)
    let inner = outer + "  "
    switch self {
    case .integer(let value): return String(value)
    case .number(let value): return "\(value)"
    case .boolean(let value): return String(value)
    case .text(let value): return Self.quoted(value)
    case .list(let items):
      let lines = items.map { inner + $0.json(indentation: indentation + 2) }
      return lines.isEmpty ? "[]" : "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
    case .mapping(let entries):
      let lines = entries.map {
        "\(inner)\(Self.quoted($0.key)): \($0.value.json(indentation: indentation + 2))"
      }
      return lines.isEmpty ? "{}" : "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
    }
  }

  /// The value as YAML: a line for each key of a mapping at the top and of a mapping in it, anything deeper in one
  /// line.
  package func yaml() -> String {
    guard case .mapping(let entries) = self else { return flow + "\n" }
    return entries.map { entry in
      guard case .mapping(let inner) = entry.value, !inner.isEmpty else {
        return "\(entry.key): \(entry.value.flow)\n"
      }
      return "\(entry.key):\n" + inner.map { "  \($0.key): \($0.value.flow)\n" }.joined()
    }.joined()
  }

  /// The value as YAML in one line.
  private var flow: String {
    switch self {
    case .integer, .number, .boolean: return json()
    case .text(let value): return Self.isPlain(value) ? value : Self.quoted(value)
    case .list(let items): return "[" + items.map(\.flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      return "{" + entries.map { "\($0.key): \($0.value.flow)" }.joined(separator: ", ") + "}"
    }
  }

  /// Whether the text means itself in YAML without quotes. Starting with a letter and holding nothing but letters,
  /// digits and `. _ -`, only the words for true, false and null in their several versions are in doubt.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) else { return false }
    let allowed = TextRule.fileName.allows
    let doubtful = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    return text.unicodeScalars.allSatisfy { allowed($0) } && !doubtful.contains(text)
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case let scalar where scalar.value < 32 || (127...159).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
