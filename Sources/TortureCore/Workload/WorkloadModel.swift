import SeededRandom

/// A kind of workload: the structure that its transactions keep in the segments, and what must always hold of it.
///
/// A model keeps no state: whatever a transaction needs to know it reads from the images. All-zero segments are a
/// legal state of every model, and each transaction leads from one legal state to another.
protocol WorkloadModel: Sendable {
  init(_ scenario: Scenario)

  /// What the model needs of the scenario and does not find.
  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem]

  /// Stages one transaction of the set-up, and returns false where nothing is left to set up.
  func setUp(_ draft: inout TransactionDraft) -> Bool

  /// Stages the client's next transaction; nothing where all that it could touch is taken or too large.
  func plan(_ draft: inout TransactionDraft, client: Int, _ random: inout SplitMix64)

  /// A sentence that says what is broken in the segments `images`, or nil.
  func violation(in images: [[UInt8]]) -> String?
}

extension WorkloadModel {
  func setUp(_: inout TransactionDraft) -> Bool { false }
}

extension WorkloadOptions.Kind {
  var model: any WorkloadModel.Type {
    switch self {
    case .bytes: BytesModel.self
    case .bank: BankModel.self
    case .inodes: InodesModel.self
    case .queue: QueueModel.self
    case .list: ListModel.self
    }
  }
}

/// What always holds of the segments under a scenario's workload: after every prefix of its commits, and for
/// segments that are all zeros.
public struct WorkloadInvariant: Sendable {
  private let model: any WorkloadModel
  /// Where each thread has a part of the segments to itself.
  private let parts: ThreadParts?

  public init(_ scenario: Scenario) {
    parts = scenario.threads.count > 0 ? ThreadParts(scenario) : nil
    model = scenario.workload.kind.model.init(parts?.scenarioOfEach ?? scenario)
  }

  /// A sentence that names what is broken in the segments `images`, in the order of the scenario; nil where the
  /// invariant holds.
  ///
  /// - Precondition: the images have the lengths that the scenario says.
  public func check(_ images: [[UInt8]]) -> String? {
    guard let parts else { return model.violation(in: images) }
    for thread in 0..<parts.count {
      if let broken = model.violation(in: parts.images(of: thread, in: images)) {
        return "In the part of client \(thread): \(broken)"
      }
    }
    return nil
  }
}

enum WorkloadDemands {
  /// What the scenario's workload needs of its segments and does not find.
  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    scenario.workload.kind.model.problems(
      of: scenario.threads.count > 0 ? ThreadParts(scenario).scenarioOfEach : scenario)
  }

  /// The problem where the scenario has not `count` segments.
  static func segments(_ count: Int, of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    guard scenario.segments.count != count else { return [] }
    let kind = scenario.workload.kind.rawValue
    return [
      .init(
        path: "segments",
        message: "segments: the \(kind) workload expected exactly \(count), found \(scenario.segments.count)")
    ]
  }
}
