import CallStack
import Testing

@Suite struct SymbolNameTests {
  @Test(arguments: [
    ("LRVM.LogWriter.flush() throws -> ()", "LogWriter.flush()"),
    ("LRVM.recover(log: Swift.String, at: Swift.Int) -> Swift.Bool", "recover(log:at:)"),
    ("LRVM.RVM.store(_: Swift.Array<Swift.UInt8>, Swift.Int) -> ()", "RVM.store(_:_:)"),
    ("static LRVM.RVM.open(path: Swift.String) throws -> LRVM.RVM", "static RVM.open(path:)"),
    ("LRVM.RVM.init(size: Swift.Int) -> LRVM.RVM", "RVM.init(size:)"),
    ("LRVM.RVM.size.getter : Swift.Int", "RVM.size.getter"),
    ("LRVM.RVM.subscript.getter : (Swift.Int) -> Swift.UInt8", "RVM.subscript.getter"),
    (
      "closure #1 (Swift.Int) -> Swift.Bool in LRVM.RVM.flush(upTo: Swift.Int) -> ()",
      "closure #1 in RVM.flush(upTo:)"
    ),
    (
      "closure #2 () throws -> () in closure #1 @Sendable () async -> () in LRVM.main() -> ()",
      "closure #2 in closure #1 in main()"
    ),
    ("inner #1 (depth: Swift.Int) -> () in LRVM.outer() -> ()", "inner #1 (depth:) in outer()"),
    ("LRVM.(helper in _0123456789ABCDEF)(x: Swift.Int) -> ()", "helper(x:)"),
    ("LRVM.(Hidden in _0123456789ABCDEF).run() -> ()", "Hidden.run()"),
    ("(extension in LRVM):Swift.Array.sum() -> Swift.Int", "Array.sum()"),
    ("generic specialization <Swift.Int> of LRVM.Box.get<A>(A, (A) -> A) -> A", "Box.get(_:_:)"),
    (
      "function signature specialization <Arg[0] = Dead> of generic specialization <Swift.Int> of LRVM.f() -> ()",
      "f()"
    ),
    ("merged LRVM.f(value: (Swift.Int, Swift.Int)) async throws -> ()", "f(value:)"),
    ("LRVM.Box<A where A: LRVM.Element>.get(_: A) -> A", "Box.get(_:)"),
    ("static LRVM.Place.== infix(LRVM.Place, LRVM.Place) -> Swift.Bool", "static Place.==(_:_:)"),
    (
      "protocol witness for LRVM.Storage.sync() throws -> () in conformance LRVM.File : LRVM.Storage in LRVM",
      "protocol witness for Storage.sync() in conformance File in LRVM"
    ),
    // The demangler leaves a bracket open where the optimizer propagated a closure.
    (
      "function signature specialization <Arg[3] = Dead> of function signature specialization <Arg[3] = "
        + "[Closure Propagated : $s4LRVM7LogFileC6createyyFyycfU_, Argument Types : [LRVM.LogShape]> of static "
        + "LRVM.NewFile.create(_: Swift.String, fill: (Storage.StorageFile) throws(Storage.StorageError) -> ()) "
        + "throws(LRVM.RVMError) -> ()",
      "static NewFile.create(_:fill:)"
    ),
    // Brackets that do not match: left as it is.
    (
      "static LRVM.Place.< infix(LRVM.Place, LRVM.Place) -> Swift.Bool",
      "static LRVM.Place.< infix(LRVM.Place, LRVM.Place) -> Swift.Bool"
    ),
    ("", ""), ("(", "("), ("a.", "a."), (".", "."), ("> of <", "> of <"), (" in  in ", " in  in "),
  ])
  func shortens(_ demangled: String, to expected: String) {
    #expect(SymbolName.shortened(demangled) == expected)
  }

  @Test func otherNamesStayAsTheyAre() {
    #expect(SymbolName.readable("$sSa6appendyyxnF") == "Array.append(_:)")
    #expect(SymbolName.readable("$s4main3fooyyF") == "foo()")
    #expect(SymbolName.readable("abort") == "abort")
    #expect(SymbolName.readable("") == "")
  }

  @Test(arguments: [
    ("_ZN7leveldb6DBImpl5WriteERKNS_12WriteOptionsEPNS_10WriteBatchE", "leveldb::DBImpl::Write"),
    ("_ZNK4disk4File4sizeEv", "disk::File::size"),
    ("_ZN12_GLOBAL__N_14syncEv", "(anonymous namespace)::sync"),
    ("_ZN4FlagclEi", "Flag::operator()"),
    ("_ZN3foo3bar17h0123456789abcdefE", "foo::bar"),
    ("_ZN3foo3barE", "foo::bar"),
    ("_Z", "_Z"),
    ("unixSync", "unixSync"),
  ])
  func namesOfOtherLanguagesAreReadable(_ linkageName: String, _ name: String) {
    #expect(SymbolName.readable(linkageName) == name)
  }
}
