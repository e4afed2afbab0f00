import CallStack
import Glibc
import Testing

@Suite struct LinkOrderTests {
  /// libunwind exports the functions that throw C++ exceptions, too. They must stay those of the compiler's library.
  @Test func exceptionsStayWithTheCompilersLibrary() throws {
    let address = UInt(bitPattern: unsafe dlsym(nil, "_Unwind_RaiseException"))
    let module = try #require(LoadedModule.loaded().first { $0.addresses.contains(address) })
    #expect(module.path.contains("libgcc_s"))
  }
}
