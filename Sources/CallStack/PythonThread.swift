/// The Python functions that a thread of another process is in, as its interpreter knows them.
///
/// The thread waits in a system call, so its frames do not change; whether other threads run does not matter to them.
struct PythonThread {
  /// The interpreter in a process's modules.
  struct Interpreter: Hashable {
    /// The module that it lies in.
    var module: String
    var runtime: UInt
    var version: UInt
    /// The type of code objects.
    var codeType: UInt
  }

  private static let interpretersMax = 64
  private static let threadsMax = 4096

  private let memory: RemoteMemory
  private let interpreter: Interpreter
  private let layout: PythonLayout

  /// Nil for an interpreter whose structures are not known.
  init?(_ interpreter: Interpreter, in memory: RemoteMemory) {
    // An unsigned long, of which 32 bits are used.
    guard let version = memory.word(at: interpreter.version),
      let layout = PythonLayout(version: Int(clamping: version), runtime: interpreter.runtime, in: memory)
    else { return nil }
    self.memory = memory
    self.interpreter = interpreter
    self.layout = layout
  }

  /// The frames of a thread, innermost first; empty where it runs no Python.
  ///
  /// - Parameter number: what gettid(2) answers it.
  func frames(ofThread number: Int32) -> [Frame] {
    guard let thread = state(ofThread: number), var place = innermostFrame(of: thread) else { return [] }
    var frames: [Frame] = []
    while place != 0, frames.count < CallStack.addressesMax {
      if let frame = frame(at: place) { frames.append(frame) }
      guard let previous = memory.word(at: place + layout.previousFrame), previous != place else { break }
      place = previous
    }
    return frames
  }

  /// What the interpreter knows of a thread. A process that was forked may still have its parent's number there: the only
  /// thread is the one.
  private func state(ofThread number: Int32) -> UInt? {
    var states: [UInt] = []
    var interpreters = 0
    var place = memory.word(at: interpreter.runtime + layout.interpretersHead) ?? 0
    while place != 0, interpreters < Self.interpretersMax {
      interpreters += 1
      var thread = memory.word(at: place + layout.threadsHead) ?? 0
      while thread != 0, states.count < Self.threadsMax {
        if memory.word(at: thread + layout.nativeThread) == UInt(number) { return thread }
        states.append(thread)
        thread = memory.word(at: thread + layout.nextThread) ?? 0
      }
      place = memory.word(at: place + layout.nextInterpreter) ?? 0
    }
    return states.count == 1 ? states[0] : nil
  }

  private func innermostFrame(of thread: UInt) -> UInt? {
    layout.currentFrame.reduce(Optional(thread)) { place, offset in
      place.flatMap { memory.word(at: $0 + offset) }
    }
  }

  /// Nil for a frame of the interpreter's own.
  private func frame(at place: UInt) -> Frame? {
    guard let code = memory.word(at: place + layout.frameCode), code != 0,
      // The type of an object follows its count of references.
      memory.word(at: code + 8) == interpreter.codeType,
      let name = text(at: code + layout.codeName), let file = text(at: code + layout.codeFile),
      file != "<shim>"
    else { return nil }
    return Frame(
      function: name, file: file, line: line(in: code, frame: place), isInlined: false, module: nil)
  }

  // MARK: Strings and lines

  /// A str that is pointed to at `address`, as far as it is of the usual, compact form.
  private func text(at address: UInt) -> String? {
    guard let place = memory.word(at: address), let count = memory.word(at: place + 16), count <= 4096,
      let state = memory.word32(at: place + 32), state & 0x20 != 0
    else { return nil }
    let width = state >> 2 & 7
    let start = place + (state & 0x40 != 0 ? layout.asciiText : layout.otherText)
    guard [1, 2, 4].contains(width), let bytes = memory.bytes(at: start, count: Int(count) * width) else {
      return nil
    }
    var text = String.UnicodeScalarView()
    for character in 0..<Int(count) {
      let value = (0..<width).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[character * width + $1]) }
      text.append(Unicode.Scalar(value) ?? "\u{fffd}")
    }
    return String(text)
  }

  /// The line that a frame has reached, by the table of its code (Objects/locations.md of CPython).
  private func line(in code: UInt, frame: UInt) -> Int? {
    guard let instruction = memory.word(at: frame + layout.frameInstruction),
      let first = memory.word32(at: code + layout.codeFirstLine),
      let table = memory.word(at: code + layout.codeLines), let count = memory.word(at: table + 16),
      count <= 1 << 20, let bytes = memory.bytes(at: table + 32, count: Int(count))
    else { return nil }
    let begin = code + layout.codeInstructions
    guard instruction >= begin else { return first }
    return PythonLineTable(bytes: bytes, firstLine: first).line(at: Int((instruction - begin) / 2))
  }
}

/// Which lines the instructions of a code object stem from.
package struct PythonLineTable {
  private let bytes: [UInt8]
  private let firstLine: Int

  /// - Parameter bytes: `co_linetable`.
  package init(bytes: [UInt8], firstLine: Int) {
    self.bytes = bytes
    self.firstLine = firstLine
  }

  /// The line of an instruction, by its number; nil for one that stems from none.
  package func line(at instruction: Int) -> Int? {
    var line = firstLine
    var end = 0
    var index = 0
    while index < bytes.count {
      // An entry begins with a byte whose highest bit is set; none of the others has it.
      let kind = bytes[index] >> 3 & 15
      end += Int(bytes[index] & 7) + 1
      switch kind {
      case 13, 14: line += signedNumber(at: index + 1)
      case 10...12: line += Int(kind) - 10
      default: break
      }
      if instruction < end { return kind == 15 ? nil : line }
      index += 1
      while index < bytes.count, bytes[index] & 0x80 == 0 { index += 1 }
    }
    return nil
  }

  /// Six bits in each byte, the lowest first; the seventh says that more follow. The lowest bit of all is the sign.
  private func signedNumber(at start: Int) -> Int {
    var value = 0
    var shift = 0
    for byte in bytes[min(start, bytes.count)...] {
      value |= Int(byte & 0x3f) << shift
      shift += 6
      if byte & 0x40 == 0 || shift > 48 { break }
    }
    return value & 1 != 0 ? -(value >> 1) : value >> 1
  }
}
