import Glibc

/// What a process recorded about the trap that ended it; see `TrapHandler`.
///
/// The record is text, one fact a line, numbers in hexadecimal except for the signal's:
///
///     trap-record 1
///     module <load bias> <start> <end> <path>      once for each module
///     signal <number>
///     frame <address>                              once for each frame, innermost first
///     end
///
/// A process can be killed in the middle of writing it. What stands in whole lines up to there is still true, so a
/// record that has at least its signal is accepted, and says that it is not complete.
public struct TrapReport: Hashable, Sendable {
  /// The number of the signal that the process died by.
  public let signal: Int32

  /// The modules that the process had loaded when it was armed.
  public let modules: [LoadedModule]

  /// Where the trap happened. The first address is that of the instruction itself.
  public let stack: CallStack

  /// Whether the record was written to its end.
  public let isComplete: Bool

  /// Reads a record. It may come from another process of the same or of another program; the files that it names are
  /// only opened by `symbolizer()`.
  public init(parsing record: String) throws(TrapReportError) {
    // The last line counts only with its newline: a number may have been cut short.
    let lines = record.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .dropLast()
    var signal: Int32?
    var modules: [LoadedModule] = []
    var addresses: [UInt] = []
    var isComplete = false

    guard let header = lines.first else { throw .empty }
    guard header.elementsEqual(Self.header.utf8) else { throw .notARecord }
    for (index, bytes) in lines.enumerated().dropFirst() {
      guard let line = String(bytes), !isComplete else { throw .malformedLine(number: index + 1) }
      let fields = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
      switch (fields[0], fields.count) {
      case ("module", 5):
        guard let module = LoadedModule(fields: fields.dropFirst()), signal == nil else {
          throw .malformedLine(number: index + 1)
        }
        modules.append(module)
      case ("signal", 2):
        guard let number = Int32(fields[1]), (1...64).contains(number), signal == nil else {
          throw .malformedLine(number: index + 1)
        }
        signal = number
      case ("frame", 2):
        guard let address = UInt(hexadecimal: fields[1]), signal != nil,
          addresses.count < CallStack.addressesMax
        else { throw .malformedLine(number: index + 1) }
        addresses.append(address)
      case ("end", 1):
        guard signal != nil else { throw .malformedLine(number: index + 1) }
        isComplete = true
      default:
        throw .malformedLine(number: index + 1)
      }
    }
    guard let signal else { throw .cutOffBeforeSignal }
    self.signal = signal
    self.modules = modules
    self.stack = CallStack(addresses: addresses, beginsAtTrap: true)
    self.isComplete = isComplete
  }

  /// The signal's name, for instance `SIGSEGV`.
  public var signalName: String {
    switch signal {
    case SIGILL: "SIGILL"
    case SIGTRAP: "SIGTRAP"
    case SIGSEGV: "SIGSEGV"
    case SIGBUS: "SIGBUS"
    case SIGFPE: "SIGFPE"
    case SIGABRT: "SIGABRT"
    case SIGALRM: "SIGALRM"
    default: "signal \(signal)"
    }
  }

  /// A symbolizer for the process that wrote the record. Reports of one process, or of several that have the same
  /// modules at the same addresses (forked ones), can share it.
  public func symbolizer() -> Symbolizer {
    Symbolizer(modules: modules)
  }

  // MARK: Writing

  private static let header = "trap-record 1"

  /// What can be written before the trap: the header and the modules. A path with a newline cannot be told.
  static func preamble(modules: [LoadedModule]) -> String {
    let lines = modules.filter { !$0.path.utf8.contains(UInt8(ascii: "\n")) }.map { module in
      let numbers = [module.loadBias, module.addresses.lowerBound, module.addresses.upperBound]
      return "module \(numbers.map { "0x" + String($0, radix: 16) }.joined(separator: " ")) \(module.path)"
    }
    return ([header] + lines).map { $0 + "\n" }.joined()
  }
}

/// Why a text is not a trap record.
public enum TrapReportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no whole line in it.
  case empty
  /// The first line is not that of a record, or of one in another format version.
  case notARecord
  /// This line, counted from 1, says nothing that a record can say there.
  case malformedLine(number: Int)
  /// The record ends before it names the signal.
  case cutOffBeforeSignal

  /// What is wrong with the record, and what to make of it.
  public var description: String {
    switch self {
    case .empty:
      "the trap record is empty: the process did not trap, or was killed before it could write"
    case .notARecord:
      "this is not a trap record of version 1: write it with the TrapHandler of the same version"
    case .malformedLine(let number):
      "the trap record is damaged at line \(number): something else may have written to its descriptor"
    case .cutOffBeforeSignal:
      "the trap record is cut off before the signal: the process was killed while it wrote the record"
    }
  }
}

extension LoadedModule {
  fileprivate init?(fields: ArraySlice<Substring>) {
    let numbers = fields.prefix(3).compactMap { UInt(hexadecimal: $0) }
    guard numbers.count == 3, numbers[1] < numbers[2], let path = fields.last, path.hasPrefix("/") else {
      return nil
    }
    self.init(path: String(path), loadBias: numbers[0], addresses: numbers[1]..<numbers[2])
  }
}

extension UInt {
  fileprivate init?(hexadecimal text: Substring) {
    guard text.hasPrefix("0x") else { return nil }
    let digits = text.dropFirst(2)
    guard !digits.hasPrefix("+"), !digits.hasPrefix("-") else { return nil }
    self.init(digits, radix: 16)
  }
}
