/// The values of options that a system under test declares: those of its `system` section, or of a section of its own.
public protocol OptionValues {
  /// What the options belong to, for messages.
  var owner: String { get }
  /// The value of each option, by its name.
  var values: [String: OptionValue] { get set }
}

/// The value of an option. All numbers are one case, so that equal numbers are equal values.
public enum OptionValue: Hashable, Sendable {
  case boolean(Bool)
  case number(Double)
  case text(String)
}

extension OptionValues {
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
    fatalError("\(owner) has no \(kind) '\(option)', only \(values.keys.sorted()); declare it first")
  }
}

extension OptionValue: Codable {
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

/// A key of JSON that only the data knows.
struct FreeKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
