/// Where CPython keeps what says which functions a thread is in: offsets in bytes, on machines of 64 bits.
///
/// These are the interpreter's own structures, which differ between its minor versions and are the same within one; from 3.13 on it says
/// itself where they are (`_Py_DebugOffsets`), in a form that is that of one minor version too. What is read by a
/// layout counts only where it leads to a code object, which its type shows.
struct PythonLayout {
  var interpretersHead: UInt
  var nextInterpreter: UInt
  var threadsHead: UInt
  var nextThread: UInt
  var nativeThread: UInt
  /// From a thread to its innermost frame: each but the last is followed as a pointer.
  var currentFrame: [UInt]
  var frameCode: UInt
  var frameInstruction: UInt
  var previousFrame: UInt
  var codeFile: UInt
  var codeName: UInt
  var codeLines: UInt
  var codeFirstLine: UInt
  var codeInstructions: UInt
  /// Where the characters of a string of ASCII begin, and those of another.
  var asciiText: UInt
  var otherText: UInt
}

extension PythonLayout {
  /// The layout of the interpreter with the version `version` (0x030b07f0 for 3.11.7); nil for one that is not known here.
  ///
  /// - Parameter runtime: where its `_PyRuntime` is.
  init?(version: Int, runtime: UInt, in memory: RemoteMemory) {
    switch version >> 16 {
    case 0x030b:
      self.init(
        interpretersHead: 40, nextInterpreter: 0, threadsHead: 16, nextThread: 8, nativeThread: 160,
        currentFrame: [56, 8], frameCode: 32, frameInstruction: 56, previousFrame: 48, codeFile: 112,
        codeName: 128, codeLines: 136, codeFirstLine: 72, codeInstructions: 184, asciiText: 48, otherText: 72)
    case 0x030c:
      self.init(
        interpretersHead: 40, nextInterpreter: 0, threadsHead: 72, nextThread: 8, nativeThread: 144,
        currentFrame: [56, 0], frameCode: 0, frameInstruction: 56, previousFrame: 8, codeFile: 112,
        codeName: 128, codeLines: 136, codeFirstLine: 68, codeInstructions: 192, asciiText: 40, otherText: 56)
    case 0x030d:
      guard memory.bytes(at: runtime, count: 8) == Array("xdebugpy".utf8) else { return nil }
      let places: [UInt] = [40, 64, 72, 168, 200, 184, 240, 248, 232, 280, 296, 304, 312, 344]
      let offsets = places.compactMap { memory.word(at: runtime + $0) }
      guard offsets.count == places.count else { return nil }
      self.init(
        interpretersHead: offsets[0], nextInterpreter: offsets[1], threadsHead: offsets[2],
        nextThread: offsets[3], nativeThread: offsets[4], currentFrame: [offsets[5]], frameCode: offsets[6],
        frameInstruction: offsets[7], previousFrame: offsets[8], codeFile: offsets[9], codeName: offsets[10],
        codeLines: offsets[11], codeFirstLine: offsets[12], codeInstructions: offsets[13], asciiText: 40,
        otherText: 56)
    default: return nil
    }
  }
}
