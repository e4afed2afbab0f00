import PersistentMemory
import Vista

/// Every commit is promised to last, acknowledged or not.
struct VistaKeeper: BankKeeper {
  private static let log = "bank.log"
  private static let segment = "accounts"
  private let vista: Vista
  private let region: Region

  static func create(in directory: String) throws {
    let storage = try MappedStorage(directory: directory)
    try Vista.createLog(Self.log, on: storage)
    try Vista.createSegment(Self.segment, length: Bank.segmentLength, on: storage)
  }

  init(in directory: String) throws {
    vista = try Vista(log: Self.log, on: MappedStorage(directory: directory))
    region = try vista.map(Self.segment)
  }

  func load(at offset: Int) -> Int64 { region.load(Int64.self, at: offset) }

  func transact(_ stores: [(offset: Int, value: Int64)], _ ending: BankEnding) throws {
    let transaction = try vista.begin()
    for store in stores { try transaction.store(store.value, in: region, at: store.offset) }
    switch ending {
    case .aborted: transaction.abort()
    case .committed, .durable: try transaction.commit()
    }
  }

  func close() throws { try vista.terminate() }
}
