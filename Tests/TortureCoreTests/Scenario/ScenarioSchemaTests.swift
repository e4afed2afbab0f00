import FaultFS
import Foundation
import LRVMTorture
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

@Suite struct ScenarioSchemaTests {
  /// With one system, its keys stand in the schema themselves.
  private static let systems = Systems(["lrvm": LRVMSystem.self])

  private static func schema() throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(ScenarioSchema.text(systems: systems).utf8))
    return try #require(object as? [String: Any])
  }

  @Test func isAClosedObjectWithDescriptions() throws {
    let schema = try Self.schema()
    #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    #expect(schema["required"] as? [String] == ["name", "segments", "workload"])
    Self.walk(schema) { path, part in
      if part["properties"] != nil { #expect(part["additionalProperties"] as? Bool == false, "\(path)") }
      for (name, property) in part["properties"] as? [String: [String: Any]] ?? [:] {
        #expect((property["description"] as? String)?.hasSuffix(".") == true, "\(path).\(name)")
      }
    }
  }

  /// Every key of the schema is one that the reader knows, and the other way round: the complete JSON form of a
  /// scenario has exactly the schema's keys.
  @Test func hasTheKeysOfTheReader() throws {
    let schema = try Self.schema()
    var scenario = try Samples.scenario(.bank)
    scenario.sabotage = [SabotageRule(drop: .sync, file: "log")]
    scenario.faults.kinds = [.syncError]
    let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(scenario))
    try compare(schema, json, "")
  }

  private func compare(_ schema: [String: Any], _ value: Any, _ path: String) throws {
    // A word or a mapping: the complete form is the mapping.
    let alternatives = schema["oneOf"] as? [[String: Any]] ?? []
    if let mapping = alternatives.first(where: { $0["type"] as? String == "object" }), value is [String: Any],
      schema["properties"] == nil
    {
      return try compare(mapping, value, path)
    }
    if let object = value as? [String: Any], let properties = schema["properties"] as? [String: [String: Any]]
    {
      #expect(Set(object.keys) == Set(properties.keys), "\(path)")
      for (key, property) in properties { try compare(property, try #require(object[key]), "\(path).\(key)") }
    } else if let items = value as? [Any], let element = schema["items"] as? [String: Any] {
      #expect(!items.isEmpty, "\(path)")
      for item in items { try compare(element, item, "\(path)[]") }
    } else {
      #expect(schema["enum"] != nil || schema["type"] != nil || schema["oneOf"] != nil, "\(path)")
      #expect(!(value is [String: Any]), "\(path)")
    }
  }

  /// The defaults, bounds and words that the schema names are those that the reader takes.
  @Test func saysTheBoundsOfTheReader() throws {
    let schema = try Self.schema()
    for section in ["system", "log", "workload", "disk", "crash", "seeds"] {
      let part = try #require((schema["properties"] as? [String: [String: Any]])?[section])
      for (key, property) in try #require(part["properties"] as? [String: [String: Any]]) {
        for bound in ["minimum", "maximum"] {
          guard let value = property[bound] as? NSNumber else { continue }
          let step = bound == "minimum" ? -1.0 : 1.0
          let isWhole = property["type"] as? String == "integer"
          let inside = isWhole ? "\(value.intValue)" : "\(value.doubleValue)"
          let outside = isWhole ? "\(value.intValue + Int(step))" : "\(value.doubleValue + step)"
          #expect(complaints(section, key, inside).isEmpty, "\(section).\(key) \(bound)")
          #expect(complaints(section, key, outside).count == 1, "\(section).\(key) \(bound)")
        }
        // These programs mount no file systems.
        if key == "filesystem" || key == "mapping" { continue }
        for word in property["enum"] as? [Any] ?? [] {
          #expect(complaints(section, key, "\(word)").isEmpty, "\(section).\(key) \(word)")
        }
      }
    }
  }

  /// What the reader says of that one value.
  private func complaints(_ section: String, _ key: String, _ value: String) -> [String] {
    var text = Samples.small
    if section == "workload" {
      text = text.replacingOccurrences(of: "  kind: bytes\n", with: "")
      text += (key == "kind" ? "" : "  kind: bytes\n") + "  \(key): \(value)\n"
    } else {
      text += "\(section): {\(key): \(value)}\n"
    }
    return Samples.problems(text).filter {
      $0.contains(": \(section).\(key): expected") && !$0.contains("sector (")
    }
  }

  private static func walk(
    _ part: [String: Any], _ path: String = "", _ visit: (String, [String: Any]) throws -> Void
  )
    rethrows
  {
    try visit(path, part)
    for (name, property) in part["properties"] as? [String: [String: Any]] ?? [:] {
      try walk(property, "\(path).\(name)", visit)
    }
    if let items = part["items"] as? [String: Any] { try walk(items, "\(path)[]", visit) }
    for alternative in part["oneOf"] as? [[String: Any]] ?? [] { try walk(alternative, "\(path)|", visit) }
  }
}
