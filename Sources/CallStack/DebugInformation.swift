import CLibdw
import Glibc

/// The debug information of some modules, read with libdw: the only file that calls that library.
///
/// Where an address lies is found in three steps. The module: libdw knows that. The unit (one source file, or one
/// Swift module in release): compilers may leave out the index of units (`.debug_aranges`) and Swift does, so the
/// ranges of all units are gathered at the first look-up in a module. The function: likewise, at the first look-up in
/// a unit. Functions that were inlined there are then found on the way down from it.
///
/// Separate debug files (`/usr/lib/debug`, debuginfod) are not looked for: what a stack looks like must not depend on
/// what else is installed, and no look-up may go out on a network.
@safe struct DebugInformation: ~Copyable {
  /// What the debug information says about one function at an address.
  struct Location {
    var linkageName: String
    var file: String?
    var line: Int?
    var isInlined: Bool
  }

  @safe private struct Unit {
    var die: Dwarf_Die
    /// The functions with code of their own; nil until one is looked up.
    var functions: RangeTable<Dwarf_Die>?
  }

  private struct Module {
    /// What libdw adds to the addresses in the debug information.
    var bias: UInt64
    var units: [Unit]
    var unitRanges: RangeTable<Int>
  }

  private let session: OpaquePointer?
  private let callbacks: UnsafeMutablePointer<Dwfl_Callbacks>
  private var modules: [OpaquePointer: Module] = unsafe [:]

  /// Opens the modules' files. One that is missing or is no ELF file is left out.
  init(modules: [LoadedModule]) {
    unsafe callbacks = .allocate(capacity: 1)
    unsafe callbacks.initialize(
      to: Dwfl_Callbacks(
        find_elf: { _, _, _, _, _, _ in -1 },
        find_debuginfo: { _, _, _, _, _, _, _, _ in -1 },
        section_address: nil,
        debuginfo_path: nil))
    unsafe session = dwfl_begin(callbacks)
    guard let session = unsafe session else { return }
    unsafe dwfl_report_begin(session)
    for module in modules where Self.isRegularFile(module.path) {
      _ = unsafe dwfl_report_elf(
        session, module.name, module.path, -1, GElf_Addr(module.loadBias), true)
    }
    _ = unsafe dwfl_report_end(session, nil, nil)
  }

  deinit {
    unsafe dwfl_end(session)
    unsafe callbacks.deallocate()
  }

  /// A record may be damaged and name anything: opening a pipe or a terminal could block.
  private static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The functions at an address, innermost first: those inlined there, and then the one that has the code.
  /// Empty if there is no debug information for it.
  mutating func locations(at address: UInt64) -> [Location] {
    guard let handle = unsafe module(at: address) else { return [] }
    if unsafe modules[handle] == nil { unsafe modules[handle] = Self.scanUnits(of: handle) }
    guard let module = unsafe modules[handle] else { return [] }
    let address = address &- module.bias
    guard let index = module.unitRanges[address] else { return [] }
    var unit = unsafe module.units[index].die
    if unsafe modules[handle]?.units[index].functions == nil {
      unsafe modules[handle]?.units[index].functions = RangeTable(Self.functions(in: unit))
    }
    guard let function = unsafe modules[handle]?.units[index].functions?[address] else { return [] }

    var chain = unsafe [function]
    unsafe Self.appendInlined(in: function, at: address, to: &chain)
    var place = unsafe Self.place(at: address, in: &unit)
    var locations: [Location] = []
    for index in unsafe chain.indices.reversed() {
      let name = unsafe Self.name(of: &chain[index])
      locations.append(
        Location(linkageName: name, file: place.file, line: place.line, isInlined: index > 0))
      if index > 0 { place = unsafe Self.callSite(of: &chain[index], in: &unit) }
    }
    return locations
  }

  /// The nearest symbol at or before an address, within the symbol's size.
  func symbol(at address: UInt64) -> String? {
    guard let module = unsafe module(at: address) else { return nil }
    var offset: GElf_Off = 0
    var symbol = GElf_Sym()
    let name = unsafe dwfl_module_addrinfo(module, address, &offset, &symbol, nil, nil, nil)
    return unsafe name.map { unsafe String(cString: $0) }
  }

  /// Where a symbol is that a module defines; nil where it defines none of that name.
  ///
  /// - Parameter inside: an address in the module.
  func address(ofSymbol name: String, inModuleAt inside: UInt64) -> UInt64? {
    guard let module = unsafe module(at: inside) else { return nil }
    for index in 0..<max(0, unsafe dwfl_module_getsymtab(module)) {
      var symbol = GElf_Sym()
      var address: GElf_Addr = 0
      let found = unsafe dwfl_module_getsym_info(module, index, &symbol, &address, nil, nil, nil)
      // 0 is SHN_UNDEF: the module uses it, and another one has it.
      if let found = unsafe found, symbol.st_shndx != 0, unsafe String(cString: found) == name {
        return address
      }
    }
    return nil
  }

  private func module(at address: UInt64) -> OpaquePointer? {
    guard let session = unsafe session else { return nil }
    return unsafe dwfl_addrmodule(session, address)
  }

  // MARK: Units and functions

  private static func scanUnits(of handle: OpaquePointer) -> Module {
    var bias: UInt64 = 0
    var units: [Unit] = []
    var ranges: [(range: Range<UInt64>, value: Int)] = []
    var next = unsafe dwfl_module_nextcu(handle, nil, &bias)
    while let die = unsafe next {
      for range in unsafe codeRanges(of: die) { ranges.append((range, units.count)) }
      units.append(unsafe Unit(die: die.pointee))
      unsafe next = dwfl_module_nextcu(handle, die, &bias)
    }
    return Module(bias: bias, units: units, unitRanges: RangeTable(ranges))
  }

  /// A linker that drops a function leaves its debug information behind, at address 0: no code of ours.
  private static func codeRanges(of die: UnsafeMutablePointer<Dwarf_Die>) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    var base: Dwarf_Addr = 0
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    var offset = unsafe dwarf_ranges(die, 0, &base, &start, &end)
    while offset > 0 {
      if start > 0, start < end { ranges.append(start..<end) }
      offset = unsafe dwarf_ranges(die, offset, &base, &start, &end)
    }
    return ranges
  }

  private static func functions(in unit: Dwarf_Die) -> [(range: Range<UInt64>, value: Dwarf_Die)] {
    var functions: [(range: Range<UInt64>, value: Dwarf_Die)] = unsafe []
    var pending = unsafe [unit]
    while let parent = unsafe pending.popLast() {
      unsafe forEachChild(of: parent) { child in
        if unsafe dwarf_tag(&child) == DW_TAG_subprogram {
          for range in unsafe codeRanges(of: &child) { unsafe functions.append((range, child)) }
        }
        if unsafe dwarf_haschildren(&child) > 0 { unsafe pending.append(child) }
      }
    }
    return unsafe functions
  }

  private static func forEachChild(of parent: Dwarf_Die, _ body: (inout Dwarf_Die) -> Void) {
    var parent = unsafe parent
    var child = unsafe Dwarf_Die()
    guard unsafe dwarf_child(&parent, &child) == 0 else { return }
    var sibling = unsafe Dwarf_Die()
    unsafe body(&child)
    while unsafe dwarf_siblingof(&child, &sibling) == 0 {
      unsafe child = sibling
      unsafe body(&child)
    }
  }

  /// Appends the functions inlined at an address, outermost first.
  private static func appendInlined(
    in parent: Dwarf_Die, at address: UInt64, to chain: inout [Dwarf_Die]
  ) {
    var found: Dwarf_Die?
    unsafe forEachChild(of: parent) { child in
      let tag = unsafe dwarf_tag(&child)
      guard unsafe found == nil, tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block,
        unsafe dwarf_haspc(&child, address) > 0
      else { return }
      unsafe found = child
    }
    guard var scope = unsafe found else { return }
    if unsafe dwarf_tag(&scope) == DW_TAG_inlined_subroutine { unsafe chain.append(scope) }
    unsafe appendInlined(in: scope, at: address, to: &chain)
  }

  // MARK: Names and places

  private static func name(of die: inout Dwarf_Die) -> String {
    for attribute in [DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name] {
      var value = unsafe Dwarf_Attribute()
      if unsafe dwarf_attr_integrate(&die, UInt32(attribute), &value) != nil,
        let name = unsafe dwarf_formstring(&value)
      {
        return unsafe String(cString: name)
      }
    }
    return "unnamed function"
  }

  /// The source line of the instruction at an address.
  private static func place(
    at address: UInt64, in unit: inout Dwarf_Die
  ) -> (file: String?, line: Int?) {
    guard let row = unsafe dwarf_getsrc_die(&unit, address) else { return (nil, nil) }
    var line: CInt = 0
    _ = unsafe dwarf_lineno(row, &line)
    return unsafe place(file: dwarf_linesrc(row, nil, nil), line: Int(line))
  }

  /// Where an inlined function was called.
  private static func callSite(
    of inlined: inout Dwarf_Die, in unit: inout Dwarf_Die
  ) -> (file: String?, line: Int?) {
    var files: OpaquePointer?
    var fileCount = 0
    guard let file = unsafe number(DW_AT_call_file, of: &inlined),
      unsafe dwarf_getsrcfiles(&unit, &files, &fileCount) == 0, file < fileCount
    else { return (nil, nil) }
    let line = unsafe number(DW_AT_call_line, of: &inlined) ?? 0
    return unsafe place(file: dwarf_filesrc(files, Int(file), nil, nil), line: Int(clamping: line))
  }

  /// Line 0 and the file `<compiler-generated>` stand for code that has no place in the source.
  private static func place(
    file: UnsafePointer<CChar>?, line: Int
  ) -> (file: String?, line: Int?) {
    guard let file = unsafe file.map({ unsafe String(cString: $0) }), file != "???",
      !file.hasSuffix("<compiler-generated>")
    else { return (nil, nil) }
    return (file, line > 0 ? line : nil)
  }

  private static func number(_ attribute: Int, of die: inout Dwarf_Die) -> UInt64? {
    var value = unsafe Dwarf_Attribute()
    var number: Dwarf_Word = 0
    guard unsafe dwarf_attr(&die, UInt32(attribute), &value) != nil,
      unsafe dwarf_formudata(&value, &number) == 0
    else { return nil }
    return number
  }
}
