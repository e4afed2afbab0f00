/// The open transactions of a store under test, by client, for stores whose transactions cannot be copied.
///
/// Asking for the transaction of a client that has none traps: a workload never does.
///
/// Threading: one thread at a time.
public struct OpenTransactions<Transaction: ~Copyable> {
  /// No dictionary holds noncopyable values.
  private final class Box {
    var transaction: Transaction?
    init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
  }

  private var boxes: [Int: Box] = [:]

  /// None.
  public init() {}

  /// Keeps the transaction that a client has begun.
  public mutating func begin(_ client: Int, _ transaction: consuming Transaction) {
    guard boxes[client] == nil else { fatalError("client \(client) has a transaction open already") }
    boxes[client] = Box(transaction)
  }

  /// Lets a client's transaction be used.
  public func use<Value>(
    _ client: Int, _ body: (borrowing Transaction) throws -> Value
  ) throws -> Value {
    guard let box = boxes[client], let transaction = box.transaction.take() else { missing(client) }
    do {
      let value = try body(transaction)
      box.transaction = consume transaction
      return value
    } catch {
      box.transaction = consume transaction
      throw error
    }
  }

  /// Hands a client's transaction over, to be ended.
  public mutating func take(_ client: Int) -> Transaction {
    guard let transaction = boxes.removeValue(forKey: client)?.transaction.take() else { missing(client) }
    return transaction
  }

  /// Lets go of all transactions, of whichever clients.
  public mutating func dropAll() { boxes.removeAll() }

  private func missing(_ client: Int) -> Never { fatalError("client \(client) has no transaction open") }
}
