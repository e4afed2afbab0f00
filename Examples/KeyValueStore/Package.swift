// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "kv-torture",
  dependencies: [.package(name: "lrvm-torture", path: "../..")],
  targets: [
    .executableTarget(
      name: "kv-torture",
      dependencies: [
        .product(name: "Storage", package: "lrvm-torture"),
        .product(name: "Torture", package: "lrvm-torture"),
      ])
  ]
)
