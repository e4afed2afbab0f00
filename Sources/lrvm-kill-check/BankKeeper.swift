import ArgumentParser
import Foundation

/// An engine that keeps the bank's segment in a directory.
protocol BankKeeper {
  /// Creates the log and the segment.
  static func create(in directory: String) throws
  /// Opens them, as after a crash.
  init(in directory: String) throws

  /// The number at `offset` bytes.
  func load(at offset: Int) -> Int64
  /// Makes a transaction of stores, each of a number at an offset in bytes.
  func transact(_ stores: [(offset: Int, value: Int64)], _ ending: BankEnding) throws
  func close() throws
}

/// How a transaction of the bank ends.
enum BankEnding {
  case aborted
  /// It may be lost.
  case committed
  /// It is promised to last.
  case durable
}

/// What keeps the bank.
enum BankEngine: String, ExpressibleByArgument, CaseIterable {
  case lrvm, vista

  var keeper: any BankKeeper.Type {
    switch self {
    case .lrvm: LRVMKeeper.self
    case .vista: VistaKeeper.self
    }
  }

  /// Where a bank is made that nobody has named a place for.
  var usualParent: URL {
    switch self {
    case .lrvm: FileManager.default.temporaryDirectory
    case .vista: URL(filePath: "/dev/shm")
    }
  }
}
