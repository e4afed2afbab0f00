import CallStack
import Testing

@testable import TortureCore

/// Whose code a function is does not depend on where its package lies.
@Suite struct PackageElsewhereTests {
  private func layer(_ module: String?, _ file: String?) -> StackFrame.Layer {
    StackFrame(
      Frame(function: "f()", file: file, line: 1, isInlined: false, module: "m", swiftModule: module)
    ).layer
  }

  @Test func aStoreIsAStoreInAnyPackage() {
    for folder in [
      "/tmp/kv/Sources/kv-torture", "/home/a/.worktrees/b/Sources/Store", "/src/store/lib", "/x/Tests/T",
    ] {
      #expect(layer("Store", "\(folder)/Store.swift") == .store, "\(folder)")
    }
  }

  @Test func theHarnessAndItsDiskAreThoseInAnyPackage() {
    for package in ["/srv/torture", "/tmp/kv/.build/checkouts/lrvm-torture"] {
      #expect(layer("TortureCore", "\(package)/Sources/TortureCore/Explorer/Judge.swift") == .harness)
      #expect(layer("FaultFS", "\(package)/Sources/FaultFS/Disk/FaultFile.swift") == .disk)
    }
  }

  @Test func whatOthersWroteIsElsewhere() {
    #expect(
      layer("SystemPackage", "/tmp/kv/.build/checkouts/swift-system/Sources/System/Errno.swift") == .elsewhere
    )
    #expect(
      layer("SystemPackage", "/scratch/checkouts/swift-system/Sources/System/Errno.swift") == .elsewhere)
    #expect(layer("Swift", "/home/build-user/swift/stdlib/public/core/Array.swift") == .elsewhere)
    #expect(layer("Store", nil) == .elsewhere)
    #expect(layer("Store", "<compiler-generated>") == .elsewhere)
    #expect(layer(nil, "/usr/src/libc/abort.c") == .elsewhere)
  }

  @Test func pathsAreThoseInThePackage() {
    let frame = Frame(
      function: "f()", file: "/tmp/kv/Sources/kv-torture/Store.swift", line: 7, isInlined: false, module: "m",
      swiftModule: "Store")
    #expect(StackFrame(frame).file == "Sources/kv-torture/Store.swift")
  }
}
