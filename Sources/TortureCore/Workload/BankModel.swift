import SeededRandom

/// The `bank` workload: accounts, spread over all segments, and transfers between them. The sum never changes.
///
/// An account is 32 bytes: the balance, how many transfers it has seen, its number from 1, a checksum of these.
/// One that was never opened is all zeros; the set-up opens all, with the same balance.
struct BankModel: WorkloadModel {
  static let accountLength = 32
  static let openingBalance: Int64 = 1000

  let accounts: Int
  private let lengths: [Int]
  /// The distance between accounts of a segment.
  private let strides: [Int]

  init(_ scenario: Scenario) {
    let lengths = scenario.segments.map(\.length)
    let smallest = lengths.min() ?? 0
    let inSegment = max(
      1, min((scenario.workload.objects + lengths.count - 1) / lengths.count, smallest / Self.accountLength))
    self.lengths = lengths
    accounts = min(scenario.workload.objects, inSegment * lengths.count)
    strides = lengths.map { length in
      let stride = max(Self.accountLength, length / inSegment / 8 * 8)
      // Accounts that all start sectors would never cross one.
      return stride > Self.accountLength && stride.isMultiple(of: 512) ? stride - 8 : stride
    }
  }

  static func problems(of _: Scenario) -> [ScenarioConsistency.Problem] { [] }

  private struct Account {
    var balance: Int64
    var transfers: UInt64
    var number: UInt64

    var bytes: [UInt8] {
      let words = [UInt64(bitPattern: balance), transfers, number]
      return LittleEndian.bytes(words + [LittleEndian.checksum(words)])
    }
  }

  private func place(_ account: Int) -> (segment: Int, offset: Int) {
    let segment = account % lengths.count
    return (segment, account / lengths.count * strides[segment])
  }

  private func range(_ account: Int) -> Range<Int> {
    let offset = place(account).offset
    return offset..<(offset + Self.accountLength)
  }

  private func read(_ images: [[UInt8]], _ account: Int) -> Account {
    let (segment, offset) = place(account)
    return Account(
      balance: Int64(bitPattern: LittleEndian.integer64(images[segment], at: offset)),
      transfers: LittleEndian.integer64(images[segment], at: offset + 8),
      number: LittleEndian.integer64(images[segment], at: offset + 16))
  }

  func setUp(_ draft: inout TransactionDraft) -> Bool {
    var opened = false
    for account in 0..<accounts where read(draft.images, account).number == 0 {
      let (segment, offset) = place(account)
      let bytes = Account(balance: Self.openingBalance, transfers: 0, number: UInt64(account) + 1).bytes
      guard draft.claim(segment, range(account)), draft.write(segment, at: offset, bytes) else {
        return opened
      }
      opened = true
    }
    return opened
  }

  func plan(_ draft: inout TransactionDraft, client _: Int, _ random: inout SplitMix64) {
    for _ in 0..<random.draw(1...3) {
      let source = random.below(accounts)
      let target = (source + 1 + random.below(accounts - 1)) % accounts
      let amount = Int64(random.draw(1...100))
      let whole = random.chance(0.5)
      _ = draft.attempt { draft in
        move(&draft, source, -amount, whole) && move(&draft, target, amount, whole)
      }
    }
  }

  private func move(_ draft: inout TransactionDraft, _ number: Int, _ amount: Int64, _ whole: Bool) -> Bool {
    let (segment, offset) = place(number)
    guard draft.claim(segment, range(number)) else { return false }
    var account = read(draft.images, number)
    account.balance += amount
    account.transfers += 1
    let bytes = account.bytes
    if whole { return draft.write(segment, at: offset, bytes) }
    return draft.write(segment, at: offset + 24, Array(bytes[24...]))
      && draft.write(segment, at: offset, Array(bytes[..<16]))
  }

  func violation(in images: [[UInt8]]) -> String? {
    var opened: Int64 = 0
    var sum: Int64 = 0
    for account in 0..<accounts {
      let (segment, offset) = place(account)
      if LittleEndian.isZero(images[segment], range(account)) { continue }
      let found = read(images, account)
      guard found.bytes == Array(images[segment][range(account)]) else {
        return "Account \(account + 1) (segment \(segment), byte \(offset)) does not fit its checksum."
      }
      guard found.number == UInt64(account) + 1 else {
        return "Account \(account + 1) (segment \(segment), byte \(offset)) has the number \(found.number)."
      }
      opened += 1
      sum = sum.addingReportingOverflow(found.balance).partialValue
    }
    let owed = opened * Self.openingBalance
    return sum == owed ? nil : "The balances of the \(opened) accounts add up to \(sum); \(owed) was paid in."
  }
}
