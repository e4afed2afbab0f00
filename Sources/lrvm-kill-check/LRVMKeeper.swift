import LRVM
import Storage

struct LRVMKeeper: BankKeeper {
  private static let log = "bank.log"
  private static let segment = "accounts"
  private let rvm: RVM
  private let region: Region

  static func create(in directory: String) throws {
    let storage = try PosixStorage(directory: directory)
    // A few kilobytes, so that the log wraps and truncates all the time.
    try RVM.createLog(Self.log, shape: LogShape(recordSectors: 16, statusLength: 512), on: storage)
    try RVM.createSegment(Self.segment, length: Bank.segmentLength, on: storage)
  }

  init(in directory: String) throws {
    rvm = try RVM(
      log: Self.log, on: PosixStorage(directory: directory),
      options: Options(
        truncationDriver: .background, truncationThreshold: 0.5, spoolBytesMax: 1000))
    region = try rvm.map(Self.segment)
  }

  func load(at offset: Int) -> Int64 { region.load(Int64.self, at: offset) }

  func transact(_ stores: [(offset: Int, value: Int64)], _ ending: BankEnding) throws {
    let transaction = try rvm.begin()
    for store in stores { try transaction.store(store.value, in: region, at: store.offset) }
    switch ending {
    case .aborted: transaction.abort()
    case .committed: try transaction.commit(.noFlush)
    case .durable where stores.reduce(0) { $0 + $1.value }.isMultiple(of: 2):
      // One that changes nothing makes those before it durable.
      try transaction.commit(.noFlush)
      try rvm.begin().commit(.flush)
    case .durable: try transaction.commit(.flush)
    }
  }

  func close() throws { try rvm.terminate() }
}
