/// Which system under test a scenario names, and the options that it gives it in the section `system`.
///
/// The values are those that the system declares (`SystemUnderTest.options`), the ones left out included. In a scenario
/// and in JSON they stand beside the name.
public struct SystemOptions: OptionValues, Hashable, Sendable {
  /// The key of the system's name.
  package static let nameKey = "name"

  public var name: String
  public var values: [String: OptionValue]

  public init(name: String, values: [String: OptionValue] = [:]) {
    self.name = name
    self.values = values
  }

  public var owner: String { "the system '\(name)'" }
}

extension SystemOptions: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: FreeKey.self)
    name = try fields.decode(String.self, forKey: FreeKey(Self.nameKey))
    values = [:]
    for key in fields.allKeys where key.stringValue != Self.nameKey {
      values[key.stringValue] = try fields.decode(OptionValue.self, forKey: key)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FreeKey.self)
    try fields.encode(name, forKey: FreeKey(Self.nameKey))
    for (name, value) in values { try fields.encode(value, forKey: FreeKey(name)) }
  }
}
