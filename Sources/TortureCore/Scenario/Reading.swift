internal import Yams

/// One file, read against `ScenarioTable`: its value with all defaults filled in, and where each part stands.
struct Reading {
  let value: ScenarioValue
  let marks: ScenarioMarks

  init(_ bytes: [UInt8], file: String, systems: Systems) throws(ScenarioProblems) {
    var walk = Walk()
    let root: Node
    do {
      root = try YAMLTree.compose(bytes)
    } catch {
      throw ScenarioProblems(problems: [
        ScenarioProblem(file: file, line: error.line, column: error.column, message: error.message)
      ])
    }
    let system = Self.systemName(root, systems)
    walk.foreign = Self.foreignKeys(system, systems)
    let value = walk.value(of: root, .mapping(ScenarioTable.keys(for: system, of: systems)), at: "")
    guard walk.problems.isEmpty, let value else {
      throw ScenarioProblems(
        inOrder: walk.problems.map { problem in
          ScenarioProblem(
            file: file, line: problem.mark.line, column: problem.mark.column, message: problem.message)
        })
    }
    self.value = value
    marks = walk.marks
  }

  /// The name of the system that the file says, or the default one's: it decides which keys there are.
  private static func systemName(_ root: Node, _ systems: Systems) -> String {
    let section = root.mapping?.first { $0.key.scalar?.string == "system" }?.value
    let name = section?.mapping?.first { $0.key.scalar?.string == SystemOptions.nameKey }?.value
    return name?.scalar?.string ?? programName(root, systems) ?? systems.standard
  }

  /// The name of the program under test that has a section of the file: nobody need name it besides.
  private static func programName(_ root: Node, _ systems: Systems) -> String? {
    systems.names.first { name in
      guard let system = systems[name] as? any ProgramUnderTest.Type else { return false }
      return system.sections.contains { section in
        root.mapping?.contains { $0.key.scalar?.string == section.key.name } == true
      }
    }
  }

  /// The keys that only other systems than `name` have, by their path, with why they are refused.
  private static func foreignKeys(_ name: String, _ systems: Systems) -> [String: String] {
    guard systems.names.contains(name) else { return [:] }
    var foreign: [String: String] = [:]
    for other in systems.names where other != name {
      let why = "belongs to the system '\(other)', and this scenario's is '\(name)'"
      for option in systems[other]?.options ?? [] {
        foreign["system.\(option.key.name)", default: why] = why
      }
      for section in systems[other]?.sections ?? [] { foreign[section.key.name, default: why] = why }
    }
    for option in systems[name]?.options ?? [] { foreign["system.\(option.key.name)"] = nil }
    for section in systems[name]?.sections ?? [] { foreign[section.key.name] = nil }
    return foreign
  }
}

/// Where the parts of a file stand, by path: `log.record_sectors`, `segments[0].length`; the root's is empty.
struct ScenarioMarks {
  struct Place: Hashable {
    var line: Int
    var column: Int
  }

  private var places: [String: Place] = [:]

  mutating func note(_ path: String, _ place: Place) {
    places[path] = place
  }

  /// Whether the file has the part.
  func has(_ path: String) -> Bool { places[path] != nil }

  /// Where the part stands, or what is nearest around it where the file leaves it out.
  func mark(of path: String) -> Place {
    var path = path[...]
    while true {
      if let place = places[String(path)] { return place }
      guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else {
        return places[""] ?? Place(line: 1, column: 1)
      }
      path = path[..<end]
    }
  }
}

/// Walks the node tree along the rules, and collects every problem.
private struct Walk {
  var problems: [(mark: ScenarioMarks.Place, message: String)] = []
  var marks = ScenarioMarks()
  /// Why a key is refused that other systems have, by its path.
  var foreign: [String: String] = [:]

  /// The node's value, or nil where it has a problem.
  mutating func value(of node: Node, _ rule: ValueRule, at path: String) -> ScenarioValue? {
    let place = Self.place(of: node)
    marks.note(path, place)
    if let tag = Self.explicitTag(of: node) {
      problems.append((place, "\(Self.title(path)): expected no tag, found '\(Self.shown(tag))'"))
      return nil
    }
    switch rule {
    case .mapping(let keys):
      guard case .mapping(let pairs) = node else { return wrong(node, rule, path) }
      return mapping(pairs, keys, at: path, place)
    case .wordsOrKey(let words, let keys):
      if case .scalar(let scalar) = node, words.contains(scalar.string) { return .text(scalar.string) }
      guard case .mapping(let pairs) = node, pairs.count == 1, let pair = pairs.first,
        let key = keys.first(where: { $0.name == pair.key.scalar?.string })
      else { return wrong(node, rule, path) }
      return mapping(pairs, [key], at: path, place)
    case .wordOrMapping(let word, let keys):
      switch node {
      case .scalar(let scalar) where scalar.string == word: return .text(word)
      case .mapping(let pairs): return mapping(pairs, keys, at: path, place)
      default: return wrong(node, rule, path)
      }
    case .list(let element, let count, let distinct):
      guard case .sequence(let items) = node, count.contains(items.count) else {
        return wrong(node, rule, path)
      }
      var values: [ScenarioValue] = []
      for (index, item) in items.enumerated() {
        guard let value = value(of: item, element, at: "\(path)[\(index)]") else { continue }
        if distinct, values.contains(value) {
          problems.append(
            (Self.place(of: item), "\(Self.title(path)): expected different items, found one twice"))
        }
        values.append(value)
      }
      return values.count == items.count ? .list(values) : nil
    case .integer, .integerChoice, .number, .boolean, .text, .choice:
      guard case .scalar(let scalar) = node, let value = Self.value(of: scalar, rule) else {
        return wrong(node, rule, path)
      }
      return value
    }
  }

  private mutating func mapping(
    _ pairs: Node.Mapping, _ keys: [KeyRule], at path: String, _ place: ScenarioMarks.Place
  ) -> ScenarioValue? {
    let problemsBefore = problems.count
    var given: [String: ScenarioValue] = [:]
    var seen: Set<String> = []
    for (keyNode, valueNode) in pairs {
      let keyPlace = Self.place(of: keyNode)
      guard let name = keyNode.scalar?.string, let key = keys.first(where: { $0.name == name }) else {
        if let name = keyNode.scalar?.string, let why = foreign[path.isEmpty ? name : "\(path).\(name)"] {
          problems.append((keyPlace, "the key '\(name)' \(why)"))
          continue
        }
        let name = keyNode.scalar.map { "'\(Self.shown($0.string))'" } ?? "that is no text"
        let known = keys.map(\.name)
        let section = path.isEmpty ? "" : " in \(path)"
        let meant = Spelling.nearest(to: keyNode.scalar?.string ?? "", among: known)
        let hint = meant.map { "did you mean '\($0)'? " } ?? ""
        problems.append(
          (keyPlace, "unknown key \(name)\(section); \(hint)expected one of \(known.joined(separator: ", "))")
        )
        continue
      }
      guard seen.insert(name).inserted else {
        problems.append((keyPlace, "the key '\(name)' appears more than once; expected it once"))
        continue
      }
      given[name] = value(of: valueNode, key.rule, at: path.isEmpty ? name : "\(path).\(name)")
    }
    var entries: [ScenarioValue.Entry] = []
    for key in keys {
      if let value = given[key.name] {
        entries.append(.init(key.name, value))
      } else if !seen.contains(key.name) {
        if let value = Self.absent(key) {
          entries.append(.init(key.name, value))
        } else {
          let section = path.isEmpty ? "" : " in \(path)"
          problems.append((place, "missing key '\(key.name)'\(section); expected \(key.rule.expectation)"))
        }
      }
    }
    return problems.count == problemsBefore ? .mapping(entries) : nil
  }

  /// What a key is that the file leaves out; nil where it must not be left out.
  private static func absent(_ key: KeyRule) -> ScenarioValue? {
    switch key.absent {
    case .required: return nil
    case .value(let value): return value
    case .section:
      switch key.rule {
      case .mapping(let keys), .wordOrMapping(_, let keys):
        return .mapping(keys.compactMap { key in absent(key).map { ScenarioValue.Entry(key.name, $0) } })
      default: fatalError("the section '\(key.name)' is no mapping")
      }
    }
  }

  // MARK: - Scalars

  private static func value(of scalar: Node.Scalar, _ rule: ValueRule) -> ScenarioValue? {
    let text = scalar.string
    let plain = scalar.style == .plain
    switch rule {
    case .integer(let range, let multiple):
      guard plain, let value = integer(text), range.contains(value), value.isMultiple(of: multiple) else {
        return nil
      }
      return .integer(value)
    case .integerChoice(let values):
      guard plain, let value = integer(text), values.contains(value) else { return nil }
      return .integer(value)
    case .number(let range):
      guard plain, let value = number(text), range.contains(value) else { return nil }
      return .number(value)
    case .boolean:
      guard plain, text == "true" || text == "false" else { return nil }
      return .boolean(text == "true")
    case .text(let rule):
      let scalars = text.unicodeScalars
      guard !plain || isText(text), rule.length.contains(scalars.count),
        scalars.allSatisfy({ rule.allows($0) })
      else { return nil }
      return .text(text)
    case .choice(let words): return words.contains(text) ? .text(text) : nil
    case .list, .mapping, .wordsOrKey, .wordOrMapping: return nil
    }
  }

  private static func integer(_ text: String) -> Int? {
    Int(text)
  }

  /// Decimal only: no infinity, no hexadecimal digits.
  private static func number(_ text: String) -> Double? {
    let allowed = text.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0)
    }
    return allowed ? Double(text) : nil
  }

  /// Whether a text without quotes means itself, rather than a number, a truth value or nothing.
  private static func isText(_ text: String) -> Bool {
    integer(text) == nil && number(text) == nil && !["", "~", "null", "true", "false"].contains(text)
  }

  // MARK: - Messages

  private mutating func wrong(_ node: Node, _ rule: ValueRule, _ path: String) -> ScenarioValue? {
    problems.append(
      (Self.place(of: node), "\(Self.title(path)): expected \(rule.expectation), found \(Self.found(node))"))
    return nil
  }

  private static func title(_ path: String) -> String { path.isEmpty ? "the file" : path }

  private static func found(_ node: Node) -> String {
    switch node {
    case .mapping(let pairs):
      return pairs.count == 1 ? "a mapping with 1 key" : "a mapping with \(pairs.count) keys"
    case .sequence(let items): return items.count == 1 ? "a list of 1 item" : "a list of \(items.count) items"
    case .alias: return "an alias"
    case .scalar(let scalar):
      if scalar.style == .plain {
        return ["", "~", "null"].contains(scalar.string) ? "nothing" : shown(scalar.string)
      }
      return "the text '\(shown(scalar.string))'"
    }
  }

  /// At most 60 characters of a file's text, with nothing in them that a terminal obeys.
  private static func shown(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(60) {
      let obeyed = scalar.value < 32 || (127...159).contains(scalar.value)
      if obeyed { result += "?" } else { result.unicodeScalars.append(scalar) }
    }
    return text.unicodeScalars.count > 60 ? result + "…" : result
  }

  private static func place(of node: Node) -> ScenarioMarks.Place {
    ScenarioMarks.Place(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  /// A tag that the file writes; Yams itself tags what stands in quotes as a text.
  private static func explicitTag(of node: Node) -> String? {
    let tag: String
    switch node {
    case .scalar(let scalar):
      tag = scalar.tag.rawValue
      if tag == Tag.Name.str.rawValue, scalar.style != .plain { return nil }
    case .sequence(let sequence): tag = sequence.tag.rawValue
    case .mapping(let mapping): tag = mapping.tag.rawValue
    case .alias(let alias): tag = alias.tag.rawValue
    }
    return tag.isEmpty ? nil : tag
  }
}
