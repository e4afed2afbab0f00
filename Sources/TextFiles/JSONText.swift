import FoundationEssentials

/// JSON as the reports write it: keys sorted, so that equal values give equal bytes.
package enum JSONText {
  /// One line without its newline.
  package static func line(_ value: some Encodable) throws(JSONTextError) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  /// Indented, ending in a newline.
  package static func document(_ value: some Encodable) throws(JSONTextError) -> String {
    try encode(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]) + "\n"
  }

  /// Reads a value.
  package static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(JSONTextError)
    -> Value
  {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch let error as DecodingError {
      guard isJSON(text) else { throw JSONTextError(reason: "it is not JSON") }
      throw JSONTextError(reason: describe(error))
    } catch {
      throw JSONTextError(reason: "\(error)")
    }
  }

  private static func encode(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws(JSONTextError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw JSONTextError(reason: "\(error)")
    }
  }

  /// Whether `text` is JSON at all, whatever it says.
  private static func isJSON(_ text: String) -> Bool {
    struct Anything: Decodable {
      init(from _: any Decoder) {}
    }
    return (try? JSONDecoder().decode(Anything.self, from: Data(text.utf8))) != nil
  }

  private static func describe(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "the key '\(path(context.codingPath + [key]))' is missing"
    case .typeMismatch(let type, let context):
      "'\(path(context.codingPath))' has another type than \(type)"
    case .valueNotFound(let type, let context):
      "'\(path(context.codingPath))' is null where \(type) is expected"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      // What the decoder says of a number that does not fit.
      "a number in it is out of range"
    case .dataCorrupted(let context):
      "'\(path(context.codingPath))' is not valid: \(context.debugDescription)"
    @unknown default:
      "\(error)"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
  }
}

/// Text that is not the JSON it should be.
package struct JSONTextError: Error, Hashable, CustomStringConvertible {
  package var reason: String

  package init(reason: String) {
    self.reason = reason
  }
  package var description: String { reason }
}
