import CCallStack

/// A program or shared library as it lies in a process's memory.
public struct LoadedModule: Hashable, Sendable {
  /// The absolute path of its file.
  public let path: String

  /// What the loader added to the addresses in the file.
  public let loadBias: UInt

  /// The memory that the module occupies, as addresses.
  public let addresses: Range<UInt>

  /// Describes a module of this or of another process.
  public init(path: String, loadBias: UInt, addresses: Range<UInt>) {
    self.path = path
    self.loadBias = loadBias
    self.addresses = addresses
  }

  /// The modules of this process at this moment, in the loader's order, the program first.
  /// The kernel's vDSO, which has no file, is not among them.
  public static func loaded() -> [LoadedModule] {
    unsafe collect { visitor, modules in unsafe ccallstack_visit_modules(visitor, modules) }
  }

  /// What a walk over modules hands to its visitor: a C function, with the context that it is given each time.
  typealias Visitor =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UInt, UInt, UInt) -> Void

  /// The modules that `visit` visits.
  static func collect(_ visit: (Visitor, UnsafeMutableRawPointer) -> Void) -> [LoadedModule] {
    var modules: [LoadedModule] = []
    unsafe withUnsafeMutablePointer(to: &modules) { modules in
      unsafe visit(
        { context, path, loadBias, start, end in
          guard let context = unsafe context, let path = unsafe path else { return }
          let module = unsafe LoadedModule(
            path: String(cString: path), loadBias: loadBias, addresses: start..<end)
          unsafe context.assumingMemoryBound(to: [LoadedModule].self).pointee.append(module)
        }, modules)
    }
    return modules
  }

  /// The last component of `path`.
  var name: String {
    String(path.split(separator: "/").last ?? "")
  }

  /// Names an address by its place in the module's file, which is the same in every run: `libc.so.6+0x8a1f`.
  func describe(_ address: UInt) -> String {
    "\(name)+0x\(String(address &- loadBias, radix: 16))"
  }
}
