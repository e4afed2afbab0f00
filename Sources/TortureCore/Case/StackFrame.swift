public import CallStack

/// One function on a call stack, with the place in its source that it had reached, and whose code it is.
public struct StackFrame: Hashable, Sendable, Codable {
  /// Whose code a function is.
  public enum Layer: String, Hashable, Sendable, Codable {
    /// The store under torture, and what it brings along.
    case store
    /// The disk below it: the storage protocol, and the disk that lies.
    case disk
    /// What runs the store and judges it.
    case harness
    /// The standard library, the C library, packages that others wrote.
    case elsewhere
  }

  /// For instance `LogWriter.flush()`.
  public var function: String
  /// Below its package's folder, such as `Sources/Store/LogWriter.swift`; the whole path where no package is known; nil
  /// for code that stems from no file.
  public var file: String?
  /// From 1; nil for code that stems from no single line.
  public var line: Int?
  /// Whether it was inlined into the function of the next frame.
  public var isInlined: Bool
  public var layer: Layer

  /// A frame with the given parts.
  public init(function: String, file: String?, line: Int?, isInlined: Bool = false, layer: Layer) {
    self.function = function
    self.file = file
    self.line = line
    self.isInlined = isInlined
    self.layer = layer
  }

  /// What the symbolizer found.
  public init(_ frame: Frame) {
    let root = frame.file.map { SourceRoot(ofSourceFile: $0) }
    let path = frame.file.map { root?.relativePath(of: $0) ?? $0 }
    self.init(
      function: frame.function, file: path ?? frame.module, line: path == nil ? nil : frame.line,
      isInlined: frame.isInlined, layer: Layer(frame))
  }

  /// A frame of a program that is run as it is: all but the C library is the program's own.
  init(ofProgram frame: Frame) {
    self.init(frame)
    let library = frame.module ?? ""
    let isLibrary = ["libc.", "libc-", "ld-", "libpthread"].contains { library.hasPrefix($0) }
    layer = isLibrary || (frame.function == "_start" && frame.file == nil) ? .elsewhere : .store
  }

  enum CodingKeys: String, CodingKey {
    case function, file, line, layer
    case isInlined = "inlined"
  }
}

extension StackFrame.Layer {
  /// By the module that declares the function: files can move, and a store can lie in any package.
  init(_ frame: Frame) {
    if frame.function.hasPrefix("Swift runtime failure: ") {
      // Where the program trapped, the compiler notes why as a function without a file.
      self = .store
      return
    }
    switch frame.swiftModule {
    case "Storage", "FaultFS": self = .disk
    case "SeededRandom", "TextFiles", "CallStack", "Threads", "ThreadSchedules", "TortureCore",
      "TortureFailures", "TortureCampaign", "TortureViews", "TortureTool":
      self = .harness
    default: self = Self.isOwn(frame) ? .store : .elsewhere
    }
  }

  /// Whether the code is that of a package that is worked on, wherever that lies and however its folders are called.
  ///
  /// The package manager keeps the packages that others wrote in a folder `checkouts`. Of the toolchain only what was
  /// inlined has files, and its modules are known. What the compiler makes has a name in angle brackets for a file. A
  /// release names its sources from the checkout on: `Sources/…`.
  private static func isOwn(_ frame: Frame) -> Bool {
    guard let module = frame.swiftModule, let file = frame.file, !file.hasPrefix("<") else { return false }
    return !toolchainModules.contains(module) && !file.contains("/checkouts/")
  }

  private static let toolchainModules: Set<String> = [
    "Swift", "_Concurrency", "_StringProcessing", "Synchronization", "Foundation", "FoundationEssentials",
    "Dispatch",
    "Glibc", "Testing", "XCTest",
  ]
}

extension Sequence where Element == StackFrame {
  /// The store's own part of a stack: from the innermost frame up to where the harness called the store.
  package var ofStore: [StackFrame] { prefix { $0.layer != .harness }.filter { $0.layer == .store } }
}
