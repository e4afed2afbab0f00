// swift-tools-version: 6.2
import PackageDescription

/// LRVM beside the engines that one would otherwise take: `make bench`, in the folder above.
///
/// A package of its own, so that users of the library never build it. It speaks to C libraries from end to end, so it is
/// compiled without the library's strict memory safety, under its other rules.
let rules: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  // What the engines have in common is a protocol whose transactions cannot be copied.
  .enableExperimentalFeature("SuppressedAssociatedTypes"),
]

let package = Package(
  name: "lrvm-bench",
  dependencies: [
    .package(name: "lrvm-torture", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // SQLite, LMDB, RocksDB, LevelDB. Debian: libsqlite3-dev liblmdb-dev librocksdb-dev libleveldb-dev.
    .systemLibrary(name: "CPeers"),
    // What the machine can do at best. Debian: libxxhash-dev.
    .target(name: "CFloors"),
    // libpmemobj, which Vista is measured beside. Debian: libpmemobj-dev.
    .target(name: "CPmemobj", linkerSettings: [.linkedLibrary("pmemobj")]),
    .executableTarget(
      name: "lrvm-bench",
      dependencies: [
        "CPeers", "CFloors", "CPmemobj",
        .product(name: "LRVM", package: "lrvm-torture"), .product(name: "Storage", package: "lrvm-torture"),
        .product(name: "Vista", package: "lrvm-torture"),
        .product(name: "PersistentMemory", package: "lrvm-torture"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: rules),
  ]
)
