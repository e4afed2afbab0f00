/// One function on a call stack, with the place in its source that it had reached.
///
/// A frame holds no address and nothing else that differs from run to run of one binary, so frames can be stored,
/// compared, and grouped.
public struct Frame: Hashable, Sendable, Codable {
  /// The demangled, shortened name, for instance `LogWriter.flush()`. Without debug information the name of the
  /// nearest symbol; without symbols the module and the offset in its file, `libc.so.6+0x8a1f`; outside of every
  /// module `unknown`.
  public var function: String

  /// The source file's path as the debug information has it, or nil if there is none (compiler-generated code).
  public var file: String?

  /// The line in `file`, from 1, or nil if the code stems from no single line.
  public var line: Int?

  /// Whether the function was inlined into the one of the next frame.
  public var isInlined: Bool

  /// The file name of the program or library that the code lies in, or nil if it lies in none.
  public var module: String?

  /// The Swift module that declares the function, or nil for another language's.
  public var swiftModule: String?

  /// A frame with the given parts.
  public init(
    function: String, file: String?, line: Int?, isInlined: Bool, module: String?, swiftModule: String? = nil
  ) {
    self.function = function
    self.file = file
    self.line = line
    self.isInlined = isInlined
    self.module = module
    self.swiftModule = swiftModule
  }

  /// The frame on one line: `LogWriter.flush() at Sources/LRVM/LogWriter.swift:42 (inlined)`. Without a file, the
  /// module is named instead: `abort in libc.so.6`.
  ///
  /// - Parameter root: The directory that file paths are shown relative to; files elsewhere keep their path.
  public func text(relativeTo root: SourceRoot = .checkout) -> String {
    var text = function
    if let file {
      text += " at \(root.relativePath(of: file) ?? file)"
      if let line { text += ":\(line)" }
    } else if let module, !function.hasPrefix("\(module)+0x") {
      text += " in \(module)"
    }
    return isInlined ? text + " (inlined)" : text
  }
}

extension Sequence where Element == Frame {
  /// The stack as lines, `#0` being the innermost frame, without a newline at the end.
  ///
  /// - Parameter root: The directory that file paths are shown relative to; files elsewhere keep their path.
  public func text(relativeTo root: SourceRoot = .checkout) -> String {
    enumerated().map { "#\($0) \($1.text(relativeTo: root))" }.joined(separator: "\n")
  }

  /// The frames of a project's own code: those whose file lies below `root`, except in a directory whose name
  /// begins with a dot. So the standard library, the runtime, the C library, the test framework, code that the
  /// compiler made up, and the dependencies in `.build` are left out. The one exception: where the program trapped,
  /// the compiler may have noted why, as a function `Swift runtime failure: …` without a file; it stays.
  public func inSources(of root: SourceRoot = .checkout) -> [Frame] {
    filter { frame in
      if frame.function.hasPrefix("Swift runtime failure: ") { return true }
      guard let file = frame.file, let path = root.relativePath(of: file) else { return false }
      return !path.split(separator: "/").dropLast().contains { $0.hasPrefix(".") }
    }
  }
}
