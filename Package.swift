// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled under the same rules.
let rules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

/// `Errno`, which `StorageError` carries.
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// Child processes: the workers of a campaign.
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
  name: "lrvm-torture",
  products: [
    .library(name: "Storage", targets: ["Storage"]),
    .library(name: "LRVM", targets: ["LRVM"]),
    .library(name: "LRVMHeap", targets: ["LRVMHeap"]),
    .library(name: "FaultFS", targets: ["FaultFS"]),
    .library(name: "Torture", targets: ["Torture", "TortureTool"]),
    .executable(name: "lrvm-torture", targets: ["lrvm-torture"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // The protocol that LRVM and FaultFS both speak, and the real disk behind it.
    .target(name: "CPosix"),
    .target(
      name: "Storage",
      dependencies: ["CPosix", system],
      swiftSettings: rules),
    .target(name: "StorageConformance", dependencies: ["Storage", system], swiftSettings: rules),

    // The engine, and the disk that can lie. Neither imports the other.
    .target(name: "CXXHash"),
    .target(name: "CProcessor"),
    .target(name: "LRVM", dependencies: ["Storage", "CXXHash", "CProcessor", system], swiftSettings: rules),
    .target(name: "LRVMHeap", dependencies: ["LRVM"], swiftSettings: rules),
    .target(name: "FaultFS", dependencies: ["Storage", "CXXHash", system], swiftSettings: rules),

    // Call stacks: libunwind captures, libdw names. Debian: libunwind-dev libdw-dev.
    // libunwind exports _Unwind_* too, and would take over C++ exceptions unless libgcc_s is linked before it.
    // Flags from pkg-config come before all others, so libunwind is linked by name here.
    .systemLibrary(name: "CLibdw", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),
    .target(
      name: "CCallStack",
      linkerSettings: [.linkedLibrary("gcc_s"), .linkedLibrary("unwind")]),
    .target(name: "CallStack", dependencies: ["CCallStack", "CLibdw"], swiftSettings: rules),

    // scenario -> case -> trace -> crash states -> verdict -> report
    .target(
      name: "Torture",
      dependencies: [
        "Storage", "LRVM", "FaultFS", "CallStack", "CXXHash", system, subprocess,
        .product(name: "BigInt", package: "BigInt"), .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: rules),
    // The command around it: for lrvm-torture, and for a command of your own that tortures your store.
    .target(
      name: "TortureTool",
      dependencies: [
        "Torture", "LRVM", "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),
    // The system's SQLite, unmodified, as a store under torture. Debian: libsqlite3-dev.
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(
      name: "SQLiteStore", dependencies: ["CSQLite", "Storage", "Torture", system], swiftSettings: rules),
    .testTarget(
      name: "SQLiteStoreTests", dependencies: ["SQLiteStore", "Torture", "FaultFS", "Storage"],
      swiftSettings: rules),

    .executableTarget(
      name: "lrvm-torture", dependencies: ["Torture", "TortureTool", "SQLiteStore"], swiftSettings: rules),

    // The example of docs/your-store.md, which is a package of its own too; compiled as one, without our rules.
    .executableTarget(
      name: "kv-torture", dependencies: ["Storage", "Torture", "TortureTool"],
      path: "Examples/KeyValueStore/Sources/kv-torture"),

    // A hash table and a queue in recoverable memory; likewise.
    .executableTarget(
      name: "heap-torture", dependencies: ["Storage", "LRVM", "LRVMHeap", "Torture", "TortureTool"],
      path: "Examples/PersistentStructures/Sources/heap-torture"),

    // Kills a process that commits to a real disk, and checks what it had promised.
    .executableTarget(
      name: "lrvm-kill-check",
      dependencies: [
        "LRVM", "Storage", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // What campaigns, merging and reports cost: `make bench-report`.
    .executableTarget(
      name: "bench-report",
      dependencies: [
        "Torture", "FaultFS", "SQLiteStore", system, subprocess,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // How fast crash states are recovered and judged: `make bench-explorer`.
    .executableTarget(
      name: "bench-explorer",
      dependencies: [
        "Torture", "LRVM", "FaultFS", "Storage", "CXXHash",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),
    .testTarget(
      name: "BenchExplorerTests", dependencies: ["bench-explorer"], swiftSettings: rules),

    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "StorageConformance", system],
      swiftSettings: rules),
    // Counts what the tests' process allocates.
    .target(name: "CAllocations", path: "Tests/Support/CAllocations"),
    .testTarget(
      name: "LRVMTests",
      dependencies: ["LRVM", "Storage", "FaultFS", "lrvm-kill-check", "CAllocations", system],
      swiftSettings: rules),
    .testTarget(
      name: "LRVMHeapTests", dependencies: ["LRVMHeap", "LRVM", "FaultFS", "heap-torture", "Torture"],
      swiftSettings: rules),
    .testTarget(
      name: "FaultFSTests", dependencies: ["FaultFS", "Storage", "StorageConformance", system],
      swiftSettings: rules),
    .executableTarget(
      name: "trap-probe", dependencies: ["CallStack"], path: "Tests/Support/TrapProbe",
      swiftSettings: rules),
    .testTarget(
      name: "CallStackTests", dependencies: ["CallStack", "trap-probe"], swiftSettings: rules),
    .testTarget(
      name: "TortureTests",
      dependencies: [
        "Torture", "LRVM", "FaultFS", "Storage", "CallStack", "SQLiteStore", "worker-fixture", system,
        subprocess,
        .product(name: "BigInt", package: "BigInt"),
      ],
      swiftSettings: rules),

    // A worker that traps, hangs or lies where a test tells it to, and tests of the command as users call it.
    .executableTarget(
      name: "worker-fixture", dependencies: ["Torture", "FaultFS", system],
      path: "Tests/Support/WorkerFixture",
      swiftSettings: rules),
    // A command whose stores trap, hang and take options.
    .executableTarget(
      name: "system-fixture", dependencies: ["Storage", "Torture", "TortureTool"],
      path: "Tests/Support/SystemFixture", swiftSettings: rules),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Torture", "FaultFS", "LRVM", "Storage", "lrvm-torture", "kv-torture", "heap-torture",
        "system-fixture",
        "SQLiteStore", system,
        subprocess,
      ],
      swiftSettings: rules),
  ]
)
