internal import Storage

/// A promise of `Storage` that does not hold, in words.
public struct ConformanceFailure: Error, CustomStringConvertible {
  /// What was expected and what came instead.
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Fails unless `actual` is `expected`.
func expectEqual<Value: Equatable>(
  _ actual: Value, _ expected: Value, _ what: String, line: Int = #line, file: String = #fileID
) throws {
  guard actual != expected else { return }
  throw ConformanceFailure("\(what): expected \(expected), got \(actual) (\(file):\(line))")
}

/// Fails unless the bytes are equal, and names the first that differs.
func expectEqual(
  bytes actual: [UInt8], _ expected: [UInt8], _ what: String, line: Int = #line, file: String = #fileID
) throws {
  guard let difference = firstDifference(actual, expected) else { return }
  throw ConformanceFailure("\(what): \(difference) (\(file):\(line))")
}

/// Fails unless `body` throws exactly this error.
func expectError(
  _ operation: StorageError.Operation, _ name: String, _ cause: StorageError.Cause, line: Int = #line,
  file: String = #fileID, _ body: () throws -> Void
) throws {
  let expected = StorageError(operation, name, cause)
  do {
    try body()
  } catch let error as StorageError {
    guard error != expected else { return }
    throw ConformanceFailure("expected \"\(expected)\", got \"\(error)\" (\(file):\(line))")
  }
  throw ConformanceFailure("expected \"\(expected)\", but the call succeeded (\(file):\(line))")
}

/// Where two byte strings part, in words; nil where they are equal.
func firstDifference(_ actual: [UInt8], _ expected: [UInt8]) -> String? {
  if actual == expected { return nil }
  guard let index = zip(actual, expected).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset
  else {
    return "expected \(expected.count) bytes, got \(actual.count), equal as far as both go"
  }
  return
    "byte \(index) is \(actual[index]) of \(actual.count) bytes, expected \(expected[index]) of \(expected.count)"
}
