import FaultFS
import TortureCore
import TortureFailures

/// Evidence in words: calls, losses, power cuts, frames. Everything that says one of these says it this way.
extension StorageCall {
  /// `write 0..<512 of log`.
  package var text: String {
    switch kind {
    case .create: "create \(name)"
    case .write: "\(isForced ? "durable write" : "write") \(offset)..<\(offset + length) of \(name)"
    case .truncate: "truncate \(name) to \(length) bytes"
    case .allocate: "allocate \(Figure.count(length, "byte")) for \(name)"
    case .syncData: "sync the data of \(name)"
    case .syncFull: "sync \(name) in full"
    case .syncDirectory: name.isEmpty ? "sync the directory" : "sync the directory '\(name)'"
    case .rename: "rename \(name) to \(newName ?? "")"
    case .remove: "remove \(name)"
    case .makeDirectory: "make the directory \(name)"
    case .removeDirectory: "remove the directory \(name)"
    case .makeSymbolicLink: "make the symbolic link \(name)"
    case .link: "link \(name)"
    case .exchange: "exchange \(name) with \(newName ?? "")"
    case .zero: "zero \(offset)..<\(offset + length) of \(name)"
    case .setAttributes: "set the attributes of \(name)"
    case .store: "store \(offset)..<\(offset + length) of \(name)"
    case .flush: "flush \(offset)..<\(offset + length) of \(name)"
    case .fence: "fence of \(name)"
    }
  }

  /// `storage call 3 (write 0..<512 of log)`.
  var title: String { "storage call \(number) (\(text))" }

  /// `[3] write 0..<512 of log`.
  var line: String { "[\(number)] \(text)" }

  /// The file or directory, as a lane of a drawing.
  var lane: String { kind == .syncDirectory && name.isEmpty ? "directory" : name }
}

extension Loss {
  /// `lost: bytes 0..<512 of log, by storage call 3 (write 0..<512 of log) and a later one`; of memory
  /// `lost: the line 64..<128 of log, by storage call 3 (store 72..<80 of log)`.
  package var text: String {
    let later =
      switch laterCount {
      case 0: ""
      case 1: " and a later one"
      default: " and \(laterCount) later ones"
      }
    let effect =
      switch tear {
      case nil: "lost: \(placeText), by"
      case .some(let tear) where tear.isBare: "lost: \(placeText) holds \(tear.rest.text) in place of"
      case .some(let tear): "torn: \(placeText) holds \(tear.text) after"
      }
    return "\(effect) \(call.title)\(later)"
  }

  private var placeText: String {
    switch place {
    case .bytes(let range):
      "\(call.kind == .store ? "the line" : "bytes") \(range.lowerBound)..<\(range.upperBound) of \(call.name)"
    case .size: "the size of \(call.name)"
    case .entry(let name): "the directory entry \(name)"
    case .attributes: "the attributes of \(call.name)"
    }
  }
}

extension Tear {
  fileprivate var text: String {
    "new bytes only in \(newBytesStart)..<\(newBytesEnd), else \(rest.text),"
  }
}

extension Tear.Rest {
  fileprivate var text: String {
    switch self {
    case .old: "old ones"
    case .zeros: "zeros"
    case .garbage: "garbage"
    }
  }
}

extension PowerCut {
  /// `power is cut during storage call 24 (write 2560..<3072 of log)`.
  var text: String {
    "power is cut \(during.map { "during \($0.title)" } ?? "after the last storage call")"
      + (depth == 0 ? "" : " of recovery\(depth == 1 ? "" : " \(depth)")")
  }
}

extension DroppedCall {
  var text: String {
    "left out by sabotage, last before storage call \(before): \(call.rawValue) of "
      + (name.isEmpty ? "the directory" : "'\(name)'")
  }
}

extension FiredFault {
  var text: String {
    let range = length > 0 ? " \(offset)..<\(offset + length)" : ""
    let detail = detail.isEmpty ? "" : ": \(detail)"
    return
      "\(kind.rawValue) at call \(matchNumber) that it can strike (\(call.rawValue)\(range) of '\(file)'), before "
      + "storage call \(operation)\(detail)"
  }
}

extension Fault {
  /// `write-error at call 3 that it can strike, of files 'log'`.
  package var text: String {
    let place =
      switch placement {
      case .call(let number): "at \(isSticky ? "every call from number" : "call") \(number)"
      case .rate(let rate): "at each call with probability \(rate)"
      }
    let range = bytes.map {
      ", in bytes \($0.lowerBound)\($0.upperBound == .max ? " and after" : "..<\($0.upperBound)")"
    }
    return "\(kind.rawValue) \(place) that it can strike\(file == "*" ? "" : ", of '\(file)'")\(range ?? "")"
  }
}

extension StackFrame {
  /// `LogWriter.flush() at Sources/Store/LogWriter.swift:42 (inlined)`.
  package var text: String {
    var text = function
    if let file {
      text += line.map { " at \(file):\($0)" } ?? (file.contains("/") ? " at \(file)" : " in \(file)")
    }
    return isInlined ? text + " (inlined)" : text
  }
}

extension Violation {
  package var text: String { "\(kind.rawValue): \(message)" }
}

extension Trap {
  /// One sentence: the signal, what the runtime said, and where.
  package var text: String {
    var text = signal == Self.timeout ? message ?? "timed out" : "trapped with \(signal)"
    if let message, signal != Self.timeout { text += ": \(message)" }
    if let place { text += ", in \(place.text)" }
    return text
  }
}

extension Finding {
  /// One sentence that says what is wrong.
  package var summary: String { violation?.text ?? trap?.text ?? id }
}

extension FailureSignature {
  /// Where: what the crash took, or the function that trapped.
  var place: String {
    if let function = functions.first {
      return function.file.map { "\(function.name) at \($0)" } ?? function.name
    }
    if kind == "trap" || kind == "hang" { return message }
    var text = effects.map(\.text).joined(separator: ", ")
    if hasMoreEffects { text += ", more" }
    if text.isEmpty { text = crashes == 0 ? "without a crash" : "nothing lost" }
    if crashes > 1 { text += crashes == 2 ? ", in recovery" : ", in recovery \(crashes - 1) deep" }
    return text
  }
}

extension FailureSignature.Effect {
  /// `lost write of log`.
  fileprivate var text: String {
    let what =
      switch call {
      case .create: "create \(name)"
      case .write: "\(isForced ? "durable write" : "write") of \(name)"
      case .truncate: "truncate \(name)"
      case .allocate: "allocate \(name)"
      case .syncData, .syncFull, .syncDirectory: "sync \(name)"
      case .store: "store to \(name)"
      case .flush: "flush of \(name)"
      case .fence: "fence of \(name)"
      case .rename: "rename \(name) to \(newName ?? "")"
      case .remove: "remove \(name)"
      case .makeDirectory: "make directory \(name)"
      case .removeDirectory: "remove directory \(name)"
      case .makeSymbolicLink: "make symbolic link \(name)"
      case .link: "link \(name)"
      case .exchange: "exchange \(name) with \(newName ?? "")"
      case .zero: "zero \(name)"
      case .setAttributes: "set attributes of \(name)"
      }
    return "\(isTorn ? "torn" : "lost") \(what)"
  }
}
