/// Which system under test a scenario names, and the options that it gives it.
///
/// The values are those that the system declares (`SystemUnderTest.options`), the ones left out included. In a scenario
/// and in JSON they stand beside the name.
public struct SystemOptions: Hashable, Sendable {
  /// The value of an option. All numbers are one case, so that equal numbers are equal values.
  public enum Value: Hashable, Sendable {
    case boolean(Bool)
    case number(Double)
    case text(String)
  }

  /// The key of the system's name.
  static let nameKey = "name"

  public var name: String
  public var values: [String: Value]

  public init(name: String, values: [String: Value] = [:]) {
    self.name = name
    self.values = values
  }

  /// The option `option`; traps where the system declares none of that name that is true or false.
  public func boolean(_ option: String) -> Bool {
    guard case .boolean(let value)? = values[option] else { undeclared(option, "boolean") }
    return value
  }

  /// The option `option`; traps where the system declares no number of that name.
  public func number(_ option: String) -> Double {
    guard case .number(let value)? = values[option] else { undeclared(option, "number") }
    return value
  }

  /// The option `option`; traps where the system declares no whole number of that name.
  public func integer(_ option: String) -> Int {
    guard let value = Int(exactly: number(option)) else { undeclared(option, "whole number") }
    return value
  }

  /// The option `option`; traps where the system declares no choice of words of that name.
  public func text(_ option: String) -> String {
    guard case .text(let value)? = values[option] else { undeclared(option, "choice") }
    return value
  }

  private func undeclared(_ option: String, _ kind: String) -> Never {
    fatalError(
      "the system '\(name)' has no \(kind) '\(option)', only \(values.keys.sorted()); declare it in 'options'"
    )
  }
}

extension SystemOptions: Codable {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    name = try fields.decode(String.self, forKey: Key(stringValue: Self.nameKey))
    values = [:]
    for key in fields.allKeys where key.stringValue != Self.nameKey {
      values[key.stringValue] = try fields.decode(Value.self, forKey: key)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(name, forKey: Key(stringValue: Self.nameKey))
    for (name, value) in values { try fields.encode(value, forKey: Key(stringValue: name)) }
  }
}

extension SystemOptions.Value: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .boolean(let value): try container.encode(value)
    case .number(let value):
      // A whole number is written as one, since the reader takes no fraction where one is declared.
      if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    case .text(let value): try container.encode(value)
    }
  }
}
