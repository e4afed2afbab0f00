/// The transactions of a lane that are open, and those that have ended and wait to be used again.
struct OpenTransactions: ~Copyable {
  /// Retained. The first `count` are open.
  private var slots = PlainList<Uncounted<OpenTransaction>>()
  private(set) var count = 0

  deinit {
    for index in slots.indices { unsafe slots[index].release() }
  }

  var isEmpty: Bool { count == 0 }

  func forEach(_ body: (OpenTransaction) -> Void) {
    for index in 0..<count { unsafe slots[index].with(body) }
  }

  /// One that is open from now on. It lives at least until it is removed.
  mutating func add() -> Uncounted<OpenTransaction> {
    if count == slots.count { slots.append(Uncounted(retaining: OpenTransaction())) }
    let transaction = slots[count]
    let index = count
    unsafe transaction.with { $0.index = index }
    count += 1
    return transaction
  }

  mutating func remove(_ transaction: OpenTransaction) {
    let last = count - 1
    let index = transaction.index
    if index < last {
      let other = slots[last]
      slots[last] = Uncounted(transaction)
      slots[index] = other
      unsafe other.with { $0.index = index }
    }
    count = last
  }
}
