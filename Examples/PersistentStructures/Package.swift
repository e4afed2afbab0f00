// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "heap-torture",
  dependencies: [.package(name: "lrvm-torture", path: "../..")],
  targets: [
    .executableTarget(
      name: "heap-torture",
      dependencies: [
        .product(name: "Storage", package: "lrvm-torture"),
        .product(name: "LRVM", package: "lrvm-torture"),
        .product(name: "LRVMHeap", package: "lrvm-torture"),
        .product(name: "Torture", package: "lrvm-torture"),
      ])
  ]
)
