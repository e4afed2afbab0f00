/// Decides which calls of one disk are struck, and keeps the list of what struck.
///
/// Every fault counts the calls that match it, whether or not another one strikes them. A call is struck by at most
/// one fault: the first of the list that wants it.
final class FaultInjector {
  private let faults: [Fault]
  private(set) var matchCounts: [Int]
  private var hasFired: [Bool]
  private(set) var callCount = 0
  private(set) var fired: [FiredFault] = []
  /// Whether the process that makes the calls is dead.
  var isKilled = false

  init(_ faults: [Fault]) {
    self.faults = faults
    matchCounts = [Int](repeating: 0, count: faults.count)
    hasFired = [Bool](repeating: false, count: faults.count)
  }

  /// A fault at a call. It has struck once `note` was called.
  struct Strike {
    var fault: Int
    var kind: Fault.Kind
    var note: FiredFault
    fileprivate var number: Int
    fileprivate let plan: Fault

    /// A number in `0..<bound`, the same for the same `purpose`.
    func below(_ bound: Int, _ purpose: UInt64 = 1) -> Int {
      bound <= 0 ? 0 : Int(plan.word(number, purpose) % UInt64(bound))
    }

    /// The part of a call's bytes that the fault is about.
    func bytes(of range: Range<Int>) -> Range<Int> {
      plan.bytes.map { range.clamped(to: $0) } ?? range
    }

    /// What a sync that fails leaves behind: what the fault names, or else one of the profile's.
    func failedSync(of profile: Profile) -> Profile.FailedSync {
      plan.failedSync ?? profile.failedSync[below(profile.failedSync.count)]
    }
  }

  /// What strikes a call; nil for nothing. To be asked once for each call.
  func strike(
    _ call: Fault.Call, _ names: [String], _ range: Range<Int>? = nil, operation: Int
  ) -> Strike? {
    callCount += 1
    var found: Strike?
    for (index, fault) in faults.enumerated() where fault.matches(call, names: names, range) {
      matchCounts[index] += 1
      if found != nil || (hasFired[index] && !fault.isSticky) || !fault.wants(matchCounts[index]) { continue }
      let note = FiredFault(
        fault: index, kind: fault.kind, call: call, callNumber: callCount, matchNumber: matchCounts[index],
        operation: operation, file: names[0],
        offset: range?.lowerBound ?? 0, length: range?.count ?? 0, detail: "")
      found = Strike(fault: index, kind: fault.kind, note: note, number: matchCounts[index], plan: fault)
    }
    return found
  }

  func note(_ strike: Strike, _ detail: String = "") {
    hasFired[strike.fault] = true
    var note = strike.note
    note.detail = detail
    fired.append(note)
  }

  /// Notes that a sync reports the failure of an earlier one, which `fault` had made.
  func noteReport(of fault: Int, file: String, operation: Int, _ detail: String) {
    fired.append(
      FiredFault(
        fault: fault, kind: .syncError, call: .sync, callNumber: callCount, matchNumber: matchCounts[fault],
        operation: operation, file: file,
        offset: 0, length: 0, detail: detail))
  }
}
