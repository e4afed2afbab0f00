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

/// What a package gives that only the harness depends on: with `traits: []`, who uses the engines alone does not fetch it.
func harness(_ product: String, _ package: String) -> Target.Dependency {
  .product(name: product, package: package, condition: .when(traits: ["Harness"]))
}

/// Child processes: the workers of a campaign.
let subprocess: Target.Dependency = harness("Subprocess", "swift-subprocess")

let package = Package(
  name: "lrvm-torture",
  products: [
    .library(name: "Storage", targets: ["Storage"]),
    .library(name: "LRVM", targets: ["LRVM"]),
    .library(name: "LRVMHeap", targets: ["LRVMHeap", "RecoverableHeap"]),
    .library(name: "PersistentMemory", targets: ["PersistentMemory"]),
    .library(name: "Vista", targets: ["Vista", "RecoverableHeap"]),
    .library(name: "FaultFS", targets: ["FaultFS"]),
    .library(name: "StorageConformance", targets: ["StorageConformance"]),
    .library(name: "Torture", targets: ["TortureCore", "TortureTool"]),
    .executable(name: "lrvm-torture", targets: ["lrvm-torture"]),
  ],
  traits: [
    .default(enabledTraits: ["Harness"]),
    .trait(name: "Harness", description: "The harness, and the packages that it alone depends on."),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
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
    .target(
      name: "StorageConformance", dependencies: ["SeededRandom", "Storage", system], swiftSettings: rules),

    // The same for memory that survives: what Vista and FaultFS both speak, and the real memory.
    .target(name: "CMemory"),
    .target(name: "PersistentMemory", dependencies: ["Storage", "CMemory", system], swiftSettings: rules),
    .target(
      name: "PersistentMemoryConformance",
      dependencies: ["PersistentMemory", "SeededRandom", "Storage", system],
      swiftSettings: rules),

    // What decides which of an engine's threads goes on, where it is not the system; and one that does, by a seed.
    .target(name: "Threads", swiftSettings: rules),
    .target(name: "CThreads"),
    .target(
      name: "ThreadSchedules", dependencies: ["Threads", "SeededRandom", "CThreads"], swiftSettings: rules),
    .testTarget(
      name: "ThreadSchedulesTests",
      dependencies: ["ThreadSchedules", "Threads", "LRVM", "FaultFS", "Storage", "SeededRandom"],
      swiftSettings: rules),

    // The engines, and the disk that can lie. None imports another.
    .target(name: "CXXHash"),
    .target(name: "CProcessor"),
    // What a structure needs of a heap, whichever engine keeps it.
    .target(
      name: "RecoverableHeap",
      swiftSettings: rules + [.enableExperimentalFeature("SuppressedAssociatedTypes")]),
    .target(
      name: "Vista",
      dependencies: [
        "PersistentMemory", "RecoverableHeap", "Storage", "CMemory", "CXXHash", "CProcessor", system,
      ],
      swiftSettings: rules),
    .target(
      name: "LRVM", dependencies: ["Storage", "Threads", "CXXHash", "CProcessor", system],
      swiftSettings: rules),
    .target(name: "LRVMHeap", dependencies: ["LRVM", "RecoverableHeap"], swiftSettings: rules),
    .target(
      name: "FaultFS", dependencies: ["PersistentMemory", "SeededRandom", "Storage", "CXXHash", system],
      swiftSettings: rules),

    // FaultFS mounted, and programs on it. libfuse3's flags come from its module, and CFuse alone uses it.
    // Debian: libfuse3-dev, and fuse3 where a mount is to be seen by others.
    .systemLibrary(name: "CLibfuse3", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
    .target(name: "CFuse", dependencies: ["CLibfuse3"]),
    .target(name: "CEnclosure"),
    .target(name: "CControl"),
    .target(
      name: "FaultMount",
      dependencies: ["FaultFS", "SeededRandom", "CFuse", "CEnclosure", "CControl", "CXXHash", system],
      swiftSettings: rules),

    // Call stacks: libunwind captures, libdw names. Debian: libunwind-dev libdw-dev.
    // libunwind exports _Unwind_* too, and would take over C++ exceptions unless libgcc_s is linked before it.
    // Flags from pkg-config come before all others, so libunwind is linked by name here.
    .systemLibrary(name: "CLibdw", pkgConfig: "libdw", providers: [.apt(["libdw-dev"])]),
    .target(
      name: "CCallStack",
      linkerSettings: [.linkedLibrary("gcc_s"), .linkedLibrary("stdc++"), .linkedLibrary("unwind")]),
    // Of other processes: libunwind-ptrace, of the same packages, which uses liblzma and does not say so.
    .target(
      name: "CTracer",
      linkerSettings: [
        .linkedLibrary("gcc_s"), .linkedLibrary("unwind-ptrace"), .linkedLibrary("unwind-generic"),
        .linkedLibrary("lzma"),
      ]),
    .target(name: "CallStack", dependencies: ["CCallStack", "CTracer", "CLibdw"], swiftSettings: rules),

    // Every random draw comes from one seed. Text files, lines and JSON as the harness writes them.
    .target(name: "SeededRandom", swiftSettings: rules),
    .target(name: "CBytes"),
    .target(name: "TextFiles", dependencies: ["CBytes", "CXXHash", system], swiftSettings: rules),

    // The harness, floor by floor; an import only ever points down. No floor knows an engine.
    // scenario -> case -> recording -> crash states -> verdict -> result
    .target(
      name: "TortureCore",
      dependencies: [
        "Storage", "FaultFS", "CallStack", "SeededRandom", "TextFiles", "Threads", "ThreadSchedules", system,
        harness("BigInt", "BigInt"), harness("Yams", "Yams"),
      ],
      swiftSettings: rules),
    // A finding -> its reproducer, smaller, replayed, explained, told from others.
    .target(
      name: "TortureFailures",
      dependencies: [
        "TortureCore", "FaultFS", "Storage", "CallStack", "SeededRandom", "TextFiles", "ThreadSchedules",
        system,
      ],
      swiftSettings: rules),
    // Many cases in worker processes -> one report.
    .target(
      name: "TortureCampaign",
      dependencies: [
        "TortureFailures", "TortureCore", "FaultFS", "CallStack", "SeededRandom", "TextFiles", system,
        subprocess,
        harness("HeapModule", "swift-collections"),
        harness("BigInt", "BigInt"),
      ],
      swiftSettings: rules),
    // Sentences and pictures: what a report says to people and to other programs.
    .target(
      name: "TortureViews",
      dependencies: [
        "TortureCampaign", "TortureFailures", "TortureCore", "FaultFS", "CallStack", "TextFiles", system,
        harness("BigInt", "BigInt"), harness("Mustache", "swift-mustache"),
      ],
      swiftSettings: rules),
    .target(name: "CCommit"),
    // The subcommands: for lrvm-torture, and for a command of your own that tortures your store.
    .target(
      name: "TortureTool",
      dependencies: [
        "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "FaultFS", "TextFiles",
        "CCommit",
        system, subprocess, harness("ArgumentParser", "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // Vista as a system under test.
    .target(
      name: "VistaTorture",
      dependencies: [
        "Vista", "TortureCore", "RecoverableHeap", "PersistentMemory", "FaultFS", "SeededRandom", "Storage",
        system,
      ],
      swiftSettings: rules),
    // LRVM as a system under test, and the command that looks into its files.
    .target(
      name: "LRVMTorture",
      dependencies: [
        "TortureCore", "TortureTool", "TortureViews", "TortureCampaign", "TextFiles", "SeededRandom", "LRVM",
        "Storage", "Threads", system,
        harness("ArgumentParser", "swift-argument-parser"),
      ],
      swiftSettings: rules),
    // The system's SQLite, unmodified, as a store under torture. Debian: libsqlite3-dev.
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(
      name: "SQLiteStore", dependencies: ["CSQLite", "Storage", "SeededRandom", "TortureCore", system],
      swiftSettings: rules),
    .testTarget(
      name: "SQLiteStoreTests",
      dependencies: [
        "SQLiteStore", "LRVMTorture", "TortureCore", "TortureSamples", "TortureViews", "FaultFS", "Storage",
      ],
      swiftSettings: rules),

    // Real file systems above a disk of FaultFS.
    .target(name: "CKernelDisk"),
    .target(
      name: "KernelDisk", dependencies: ["FaultMount", "FaultFS", "TextFiles"], swiftSettings: rules),

    // Any program, on a mount of FaultFS; and the commands of a mount that other test suites use.
    .target(
      name: "ProgramTorture",
      dependencies: [
        "TortureCore", "TortureTool", "TortureViews", "TortureCampaign", "KernelDisk", "CKernelDisk",
        "FaultMount", "FaultFS", "CallStack", "TextFiles", "Storage", system,
        harness("ArgumentParser", "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // Small tests of what a crash leaves of real file systems: `make litmus`.
    .executableTarget(name: "litmus-calls", dependencies: ["CKernelDisk"]),
    .target(
      name: "KernelLitmus",
      dependencies: [
        "KernelDisk", "FaultMount", "FaultFS", "SeededRandom", "TextFiles", system, harness("Yams", "Yams"),
      ],
      swiftSettings: rules),
    .executableTarget(
      name: "litmus",
      dependencies: [
        "KernelLitmus", "KernelDisk", "litmus-calls", "TextFiles",
        harness("ArgumentParser", "swift-argument-parser"),
      ],
      swiftSettings: rules),

    .executableTarget(
      name: "lrvm-torture",
      dependencies: ["TortureTool", "LRVMTorture", "VistaTorture", "SQLiteStore", "ProgramTorture"],
      swiftSettings: rules),

    // The example of docs/your-store.md, which is a package of its own too; compiled as one, without our rules.
    .executableTarget(
      name: "kv-torture", dependencies: ["Storage", "TortureCore", "TortureTool"],
      path: "Examples/KeyValueStore/Sources/kv-torture"),

    // The example of README.md and docs/lrvm.md; likewise.
    .executableTarget(
      name: "counters", dependencies: ["LRVM", "Storage"], path: "Examples/Counters/Sources/counters"),

    // A hash table and a queue in recoverable memory; likewise.
    .executableTarget(
      name: "heap-torture",
      dependencies: ["Storage", "LRVM", "LRVMHeap", "RecoverableHeap", "TortureCore", "TortureTool"],
      path: "Examples/PersistentStructures/Sources/heap-torture"),

    // Kills a process that commits to a real disk, and checks what it had promised.
    .executableTarget(
      name: "lrvm-kill-check",
      dependencies: [
        "LRVM", "Vista", "PersistentMemory", "SeededRandom", "Storage",
        harness("ArgumentParser", "swift-argument-parser"),
      ],
      swiftSettings: rules),

    // What campaigns, merging and reports cost: `make bench-report`.
    .executableTarget(
      name: "bench-report",
      dependencies: [
        "TortureTool", "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "LRVMTorture",
        "TextFiles",
        "FaultFS", "SQLiteStore", system, subprocess,
        harness("ArgumentParser", "swift-argument-parser"),
      ],
      path: "Benchmarks/bench-report", swiftSettings: rules),

    // What programs on the mount cost: `make bench-programs`.
    .executableTarget(name: "bench-checker", path: "Benchmarks/bench-checker"),
    .executableTarget(
      name: "bench-programs",
      dependencies: ["ProgramTorture", "TortureCore", "FaultMount", "FaultFS", "bench-checker"],
      path: "Benchmarks/bench-programs", swiftSettings: rules),

    // What LRVM's recovery takes: `make bench-recovery`.
    .executableTarget(
      name: "bench-recovery", dependencies: ["LRVM", "Storage"], path: "Benchmarks/bench-recovery",
      swiftSettings: rules),

    // How fast crash states are recovered and judged: `make bench-explorer`.
    .executableTarget(
      name: "bench-explorer",
      dependencies: [
        "TortureCore", "LRVMTorture", "VistaTorture", "LRVM", "FaultFS", "Storage", "CXXHash", "SeededRandom",
        harness("BigInt", "BigInt"), harness("ArgumentParser", "swift-argument-parser"),
      ],
      path: "Benchmarks/bench-explorer", swiftSettings: rules),
    .testTarget(
      name: "BenchExplorerTests", dependencies: ["bench-explorer", "TortureSamples"], swiftSettings: rules),

    // A fork of the tests' process.
    .target(name: "CFork", path: "Tests/Support/CFork"),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "StorageConformance", "CFork", system],
      swiftSettings: rules),
    .testTarget(
      name: "PersistentMemoryTests",
      dependencies: ["PersistentMemory", "PersistentMemoryConformance", "Storage"], swiftSettings: rules),
    .testTarget(
      name: "VistaTests",
      dependencies: [
        "Vista", "FaultFS", "RecoverableHeap", "PersistentMemory", "SeededRandom", "Storage", "CAllocations",
        system,
      ],
      swiftSettings: rules),
    // Counts what the tests' process allocates.
    .target(name: "CAllocations", path: "Tests/Support/CAllocations"),
    .testTarget(
      name: "LRVMTests",
      dependencies: [
        "LRVM", "Vista", "PersistentMemory", "Storage", "FaultFS", "Threads", "lrvm-kill-check", "fork-probe",
        "counters",
        "CAllocations", system,
      ],
      swiftSettings: rules),
    // Races on the bytes of a region, for ThreadSanitizer to report.
    .executableTarget(
      name: "race-probe", dependencies: ["LRVM", "Storage"], path: "Tests/Support/RaceProbe",
      swiftSettings: rules),
    // Forks while it has a log open.
    .executableTarget(
      name: "fork-probe", dependencies: ["LRVM", "Storage", "CFork"], path: "Tests/Support/ForkProbe",
      swiftSettings: rules),
    .testTarget(
      name: "LRVMHeapTests",
      dependencies: [
        "LRVMHeap", "LRVM", "RecoverableHeap", "Vista", "FaultFS", "heap-torture", "TortureCore",
      ],
      swiftSettings: rules),
    .testTarget(
      name: "FaultFSTests",
      dependencies: [
        "FaultFS", "Storage", "StorageConformance", "PersistentMemory", "PersistentMemoryConformance",
        "SeededRandom", system,
      ],
      swiftSettings: rules),
    // Makes random system calls, on the mount and on a real file system.
    .executableTarget(name: "random-calls", path: "Tests/Support/RandomCalls"),
    .executableTarget(
      name: "mount-fixture", dependencies: ["FaultMount", "FaultFS"], path: "Tests/Support/MountFixture",
      swiftSettings: rules),
    .testTarget(
      name: "FaultMountTests",
      dependencies: ["FaultMount", "FaultFS", "random-calls", "mount-fixture", system], swiftSettings: rules),
    .testTarget(
      name: "ProgramTortureTests",
      dependencies: [
        "ProgramTorture", "KernelDisk", "TortureCore", "FaultMount", "FaultFS", "lrvm-torture",
        "random-calls",
        harness("BigInt", "BigInt"),
      ],
      swiftSettings: rules),
    .testTarget(
      name: "KernelLitmusTests",
      dependencies: [
        "KernelLitmus", "KernelDisk", "FaultMount", "FaultFS", "SeededRandom", "Storage", "litmus",
        "litmus-calls",
      ],
      swiftSettings: rules),
    .executableTarget(
      name: "trap-probe", dependencies: ["CallStack"], path: "Tests/Support/TrapProbe",
      swiftSettings: rules),
    .testTarget(
      name: "CallStackTests", dependencies: ["CallStack", "trap-probe"], swiftSettings: rules),
    .testTarget(name: "SeededRandomTests", dependencies: ["SeededRandom"], swiftSettings: rules),
    .testTarget(
      name: "TextFilesTests", dependencies: ["TextFiles", "SeededRandom", "TortureSamples", system],
      swiftSettings: rules),
    // Scenarios, findings and stores that several of the following tests use.
    .target(
      name: "TortureSamples",
      dependencies: [
        "TortureViews", "TortureCampaign", "TortureCore", "TextFiles", "LRVMTorture", "VistaTorture",
        "SQLiteStore", "FaultFS", "Storage", "Threads", system,
      ],
      path: "Tests/Support/TortureSamples", swiftSettings: rules),
    .testTarget(
      name: "TortureCoreTests",
      dependencies: [
        "TortureCore", "TortureSamples", "CallStack", "LRVMTorture", "VistaTorture", "SQLiteStore", "FaultFS",
        "Storage", "SeededRandom", "TextFiles", "ThreadSchedules", harness("BigInt", "BigInt"),
      ],
      swiftSettings: rules),
    .testTarget(
      name: "TortureFailuresTests",
      dependencies: [
        "TortureFailures", "TortureCore", "TortureSamples", "TortureViews", "LRVMTorture", "FaultFS",
        "Storage",
        "CallStack", "SeededRandom", "TextFiles", system, harness("BigInt", "BigInt"),
      ],
      swiftSettings: rules),
    .testTarget(
      name: "TortureCampaignTests",
      dependencies: [
        "TortureCampaign", "TortureFailures", "TortureCore", "TortureSamples", "TortureViews", "FaultFS",
        "SeededRandom", "TextFiles", "worker-fixture", system,
      ],
      swiftSettings: rules),
    .testTarget(
      name: "TortureViewsTests",
      dependencies: [
        "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "TortureSamples", "FaultFS",
        "Storage", "TextFiles", system, subprocess, harness("BigInt", "BigInt"),
      ],
      swiftSettings: rules),
    .testTarget(
      name: "TortureToolTests",
      dependencies: [
        "TortureTool", "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "TortureSamples",
        "LRVMTorture", "TextFiles", "worker-fixture", "lrvm-torture", system,
      ],
      swiftSettings: rules),
    .testTarget(
      name: "VistaTortureTests",
      dependencies: ["VistaTorture", "TortureCore", "TortureSamples", "FaultFS"], swiftSettings: rules),
    .testTarget(
      name: "LRVMTortureTests",
      dependencies: ["LRVMTorture", "ProgramTorture", "TortureCore", "TortureSamples", "FaultFS"],
      swiftSettings: rules),

    // A worker that traps, hangs or lies where a test tells it to, and tests of the command as users call it.
    .executableTarget(
      name: "worker-fixture",
      dependencies: [
        "TortureTool", "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "LRVMTorture",
        "FaultFS",
      ],
      path: "Tests/Support/WorkerFixture",
      swiftSettings: rules),
    // A command whose stores trap, hang and take options.
    .executableTarget(
      name: "system-fixture", dependencies: ["LRVMTorture", "Storage", "TortureCore", "TortureTool"],
      path: "Tests/Support/SystemFixture", swiftSettings: rules),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "TortureTool", "TortureViews", "TortureCampaign", "TortureFailures", "TortureCore", "TextFiles",
        "SeededRandom",
        "LRVMTorture", "FaultFS", "LRVM", "Storage", "lrvm-torture", "kv-torture", "heap-torture",
        "system-fixture",
        "SQLiteStore", "ProgramTorture", system,
        subprocess,
      ],
      swiftSettings: rules),
  ]
)
