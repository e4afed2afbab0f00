internal import Yams

/// Makes the node tree of a YAML file, and refuses what could cost without bound.
///
/// An alias repeats a node, so a few lines of aliases to aliases can stand for billions of nodes. Scenario files
/// need none: a file with a handful is composed, which is then cheap, and refused at its first anchor; a file with
/// more is refused unread. Nesting is bounded by the parser, the length here.
enum YAMLTree {
  /// In bytes.
  static let lengthMax = 65536

  /// More places that look like an alias than this, and the file is not composed. Twelve aliases multiply a node
  /// by at most 3 to the power of 4.
  private static let aliasesMax = 12

  /// The root node of the file's one document.
  static func compose(_ bytes: [UInt8]) throws(YAMLProblem) -> Node {
    guard bytes.count <= lengthMax else {
      throw YAMLProblem(1, 1, "expected at most \(lengthMax) bytes, found \(bytes.count)")
    }
    // Some editors begin a file with a mark of the byte order, which YAML allows and the parser does not.
    let marked = bytes.starts(with: [0xef, 0xbb, 0xbf])
    guard let text = String(validating: marked ? bytes[3...] : bytes[...], as: UTF8.self) else {
      let valid = String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{fffd}" }
      throw YAMLProblem(end: valid, "expected UTF-8, found other bytes")
    }
    if let (line, column) = aliasBeyondBound(text) {
      throw YAMLProblem(
        line, column, "expected no anchors and aliases (&name, *name), found more than \(aliasesMax)")
    }
    do {
      // The parser owns the anchors: nodes refer to them weakly.
      let parser = try Parser(yaml: text, encoding: .utf8)
      let root = try parser.singleRoot()
      return try withExtendedLifetime(parser) { () throws(YAMLProblem) in
        guard let root else {
          throw YAMLProblem(1, 1, "the file is empty; expected a mapping that starts with 'name: …'")
        }
        if let node = firstAnchored(root) {
          throw YAMLProblem(
            node.mark?.line ?? 1, node.mark?.column ?? 1,
            "expected no anchor (&name): write the value where it is needed")
        }
        return root
      }
    } catch let problem as YAMLProblem {
      throw problem
    } catch let error as YamlError {
      throw YAMLProblem(error, text)
    } catch {
      throw YAMLProblem(1, 1, "expected YAML: \(error)")
    }
  }

  /// The first anchored node. An alias is its anchored node again, so the walk never enters one.
  private static func firstAnchored(_ node: Node) -> Node? {
    if node.anchor != nil { return node }
    switch node {
    case .scalar, .alias: return nil
    case .sequence(let items):
      for item in items {
        if let node = firstAnchored(item) { return node }
      }
    case .mapping(let pairs):
      for (key, value) in pairs {
        if let node = firstAnchored(key) ?? firstAnchored(value) { return node }
      }
    }
    return nil
  }

  /// Where the first place beyond the bound is that could be an alias: `*` and a name, not right after a character
  /// of a word. It may be in a comment or a text; that a scenario has a dozen such is not a loss.
  private static func aliasBeyondBound(_ text: String) -> (line: Int, column: Int)? {
    var found = 0
    var line = 1
    var column = 0
    var before: Unicode.Scalar = " "
    var star: (line: Int, column: Int)?
    for scalar in text.unicodeScalars {
      column += 1
      if let place = star, isNameCharacter(scalar) {
        found += 1
        if found > aliasesMax { return place }
      }
      star = scalar == "*" && !isNameCharacter(before) ? (line, column) : nil
      if scalar == "\n" {
        line += 1
        column = 0
      }
      before = scalar
    }
    return nil
  }

  private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-")
  }
}

/// Why a file has no node tree.
struct YAMLProblem: Error {
  let line: Int
  let column: Int
  let message: String

  init(_ line: Int, _ column: Int, _ message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// At the end of `valid`, the part of the file before the problem.
  init(end valid: Substring.UnicodeScalarView, _ message: String) {
    var line = 1
    var column = 1
    for scalar in valid {
      column += 1
      if scalar == "\n" {
        line += 1
        column = 1
      }
    }
    self.init(line, column, message)
  }

  init(_ error: YamlError, _ text: String) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      let circumstances = context.map { "\($0.text) from line \($0.mark.line) on, " } ?? ""
      self.init(mark.line, mark.column, "expected YAML: \(circumstances)\(problem)")
    case .composer(_, let problem, let mark, _):
      self.init(mark.line, mark.column, "expected one YAML document without aliases: \(problem)")
    case .reader(let problem, let offset, _, _):
      let valid = text.prefix(offset ?? 0)
      self.init(end: valid.unicodeScalars, "expected YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "'\($0)'" }.joined(separator: ", ")
      let start = (line: context.mark.line, column: context.mark.column)
      let place = duplicates.first.flatMap { Self.second($0, from: start, text) } ?? start
      self.init(place.line, place.column, "the mapping has \(keys) more than once; expected each key once")
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      self.init(1, 1, "expected YAML: \(error)")
    }
  }

  /// Where `key` stands for the second time in the mapping that begins at `start`, a line for each key; nil in one that is
  /// written in braces.
  private static func second(
    _ key: String, from start: (line: Int, column: Int), _ text: String
  ) -> (line: Int, column: Int)? {
    var isThere = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where index + 1 >= start.line {
      let entry = line.dropFirst(start.column - 1)
      guard entry.hasPrefix(key), entry.dropFirst(key.count).drop(while: { $0 == " " }).first == ":" else {
        continue
      }
      // What stands before the first key of a mapping may be the dash of a list.
      if index + 1 > start.line, !line.prefix(start.column - 1).allSatisfy({ $0 == " " }) { continue }
      if isThere { return (index + 1, start.column) }
      isThere = true
    }
    return nil
  }
}
