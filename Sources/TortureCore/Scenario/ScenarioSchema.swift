/// The JSON Schema (draft 2020-12) of scenario files, made from `ScenarioTable`: for editors, and as the reference.
public enum ScenarioSchema {
  /// The schema's text, which ends with a line feed.
  ///
  /// - Parameter systems: the systems that a scenario may name; each has keys of its own.
  public static func text(systems: Systems = .known) -> String {
    var entries: [ScenarioValue.Entry] = [
      .init("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
      .init("title", .text("lrvm-torture scenario")),
      .init("description", .text("A scenario file of lrvm-torture, written in YAML.")),
    ]
    let keys = schema(of: .mapping(ScenarioTable.keysOfAll(systems)))
    entries += (systems.names.count == 1 ? keys : keys.map { withSystems($0, systems) })
      .map { withPrograms($0, systems) }
    return ScenarioValue.mapping(entries).json() + "\n"
  }

  /// The entry with an alternative for each system in the section `system`.
  private static func withSystems(_ entry: ScenarioValue.Entry, _ systems: Systems) -> ScenarioValue.Entry {
    guard entry.key == "properties", case .mapping(let properties) = entry.value else { return entry }
    let alternatives = systems.names.map { name in
      let isStandard = name == systems.standard
      let naming = KeyRule(
        SystemOptions.nameKey, .choice([name]), isStandard ? .value(.text(name)) : .required, "Which system.")
      let keys = [naming] + ScenarioTable.system(for: [name], of: systems).dropFirst()
      return ScenarioValue.mapping(schema(of: .mapping(keys)))
    }
    return .init(
      entry.key,
      .mapping(
        properties.map { property in
          guard property.key == "system", let documentation = property.value["description"] else {
            return property
          }
          return .init(
            "system", .mapping([.init("description", documentation), .init("oneOf", .list(alternatives))]))
        }))
  }

  /// What must be there is, where the section of a program under test is, that section alone.
  private static func withPrograms(_ entry: ScenarioValue.Entry, _ systems: Systems) -> ScenarioValue.Entry {
    var sections: [SystemSection] = []
    for name in systems.names {
      if let program = systems[name] as? any ProgramUnderTest.Type { sections += program.sections }
    }
    guard entry.key == "required", !sections.isEmpty else { return entry }
    let alternatives = [entry.value] + sections.map { .texts([$0.key.name]) }
    return .init("anyOf", .list(alternatives.map { .mapping([.init("required", $0)]) }))
  }

  private static func schema(of key: KeyRule) -> ScenarioValue {
    var entries: [ScenarioValue.Entry] = [.init("description", .text(key.documentation))]
    entries += schema(of: key.rule)
    if case .value(let value) = key.absent { entries.append(.init("default", value)) }
    return .mapping(entries)
  }

  private static func schema(of rule: ValueRule) -> [ScenarioValue.Entry] {
    switch rule {
    case .integer(let range, let multiple):
      return [
        .init("type", .text("integer")), .init("minimum", .integer(range.lowerBound)),
        .init("maximum", .integer(range.upperBound)),
      ] + (multiple == 1 ? [] : [.init("multipleOf", .integer(multiple))])
    case .integerChoice(let values):
      return [.init("enum", .list(values.map { .integer($0) }))]
    case .number(let range):
      return [
        .init("type", .text("number")), .init("minimum", .number(range.lowerBound)),
        .init("maximum", .number(range.upperBound)),
      ]
    case .boolean: return [.init("type", .text("boolean"))]
    case .text(let rule):
      return [
        .init("type", .text("string")), .init("minLength", .integer(rule.length.lowerBound)),
        .init("maxLength", .integer(rule.length.upperBound)),
        .init("pattern", .text("^\(rule.characterClass)*$")),
      ]
    case .choice(let words): return [.init("enum", .texts(words))]
    case .list(let element, let count, let distinct):
      return [
        .init("type", .text("array")), .init("items", .mapping(schema(of: element))),
        .init("minItems", .integer(count.lowerBound)), .init("maxItems", .integer(count.upperBound)),
      ] + (distinct ? [.init("uniqueItems", .boolean(true))] : [])
    case .mapping(let keys):
      let required = keys.filter { if case .required = $0.absent { true } else { false } }.map(\.name)
      return object(keys) + (required.isEmpty ? [] : [.init("required", .texts(required))])
    case .wordsOrKey(let words, let keys):
      let alternatives = keys.map { key in
        ScenarioValue.mapping(object([key]) + [.init("required", .texts([key.name]))])
      }
      return [.init("oneOf", .list(words.map { .mapping([.init("const", .text($0))]) } + alternatives))]
    case .wordOrMapping(let word, let keys):
      return [
        .init(
          "oneOf", .list([.mapping([.init("const", .text(word))]), .mapping(schema(of: .mapping(keys)))]))
      ]
    }
  }

  private static func object(_ keys: [KeyRule]) -> [ScenarioValue.Entry] {
    [
      .init("type", .text("object")),
      .init("properties", .mapping(keys.map { .init($0.name, schema(of: $0)) })),
      .init("additionalProperties", .boolean(false)),
    ]
  }
}
