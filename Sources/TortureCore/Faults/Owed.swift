import FaultFS

/// What a system still owes once faults have struck its disk.
///
/// | what struck | the commits that must be there | may refuse with an error | may show wrong bytes |
/// |---|---|---|---|
/// | nothing, or a call that failed and did nothing else wrong | all that were promised | no | no |
/// | a sector that cannot be read any more | all that were promised | yes | no |
/// | a bit that rots, a read that is stale | all but the newest promise, where the format tells damage from a torn tail | yes | yes, where nothing checks them |
/// | a sync that lies or reports late, a write that is lost or goes elsewhere, a wild store, a lost flush | none: any prefix | yes | yes, where nothing checks them |
///
/// That the newest promise is excused for rot: a rotted last batch of the log looks like one that was being written.
/// Bytes that nothing checks are those of a file that the system declares so, such as segments without checksums: a wrong
/// byte of one is in nobody's power to notice.
///
/// While a fault strikes, any call may fail, except where the storage layer deals with the fault by itself
/// (short writes, interrupted calls). Recovery from a later crash may not, unless the table says so.
struct Owed: Hashable {
  enum Durability: Int, Hashable, Comparable {
    case promised, allButNewestPromise, none

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  var durability = Durability.promised
  /// Whether recovery may end with an error instead of a state.
  var mayRefuse = false
  /// Whether a state may hold bytes that no commit explains.
  var mayShowWrongBytes = false
  /// Whether a call may fail while the faults strike.
  var mayFailWhileStruck = false

  /// What is owed on a disk without faults.
  static let everything = Owed()

  /// What is owed once these have struck.
  init(after fired: some Sequence<FiredFault>, in testCase: TestCase) {
    weaken(by: fired, in: testCase)
  }

  private init() {}

  /// Takes off what is not owed any more once these have struck too.
  mutating func weaken(by fired: some Sequence<FiredFault>, in testCase: TestCase) {
    for fault in fired { weaken(by: fault, testCase) }
  }

  private mutating func weaken(by fault: FiredFault, _ testCase: TestCase) {
    switch fault.kind {
    case .shortWrite, .interrupted:
      break
    case .writeError, .noSpace, .readError, .openError, .renameError, .removeError, .kill:
      mayFailWhileStruck = true
    case .latentSectorError:
      mayFailWhileStruck = true
      mayRefuse = true
    case .syncError:
      mayFailWhileStruck = true
      if fault.detail == Profile.FailedSync.reportedLate.rawValue { weaken(to: .none, fault, testCase) }
    case .bitRot, .staleRead:
      mayFailWhileStruck = true
      weaken(to: testCase.traits.tellsDamageFromTornTail ? .allButNewestPromise : .none, fault, testCase)
    case .lyingSync, .lostWrite, .misdirectedWrite, .wildStore, .lostFlush:
      mayFailWhileStruck = true
      weaken(to: .none, fault, testCase)
    }
  }

  private mutating func weaken(to durability: Durability, _ fault: FiredFault, _ testCase: TestCase) {
    self.durability = max(self.durability, durability)
    mayRefuse = true
    if testCase.isUnchecked(fault.file) { mayShowWrongBytes = true }
  }

  /// How many commits must be in a state.
  func required(of bounds: Bounds) -> Int {
    switch durability {
    case .promised: bounds.promised
    case .allButNewestPromise: bounds.promisedBefore
    case .none: 0
    }
  }
}
