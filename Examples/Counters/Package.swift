// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "counters",
  dependencies: [.package(name: "lrvm-torture", path: "../..", traits: [])],
  targets: [
    .executableTarget(
      name: "counters",
      dependencies: [
        .product(name: "LRVM", package: "lrvm-torture"),
        .product(name: "Storage", package: "lrvm-torture"),
      ])
  ]
)
