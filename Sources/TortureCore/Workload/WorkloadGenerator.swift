import SeededRandom

extension Workload {
  /// The workload that the scenario and the seed decide.
  public init(scenario: Scenario, seed: UInt64) {
    if scenario.threads.count > 0 {
      operations = ThreadParts(scenario).operations(seed: seed)
      return
    }
    var generator = WorkloadGenerator(scenario, seed)
    operations = generator.run()
  }
}

/// Draws a workload, step by step, and keeps the committed images beside it.
///
/// Clients take turns at random. A client without a transaction plans its next one whole, on the committed images,
/// and then takes its steps one at a turn: begin, each write, the end. Only a commit changes the committed images,
/// so nothing of an aborted or dropped transaction leaks into a later one.
private struct WorkloadGenerator {
  private struct Plan {
    var steps: ArraySlice<Operation>
    var claims: [TransactionDraft.Claim]
    var writes: [WorkloadWrite]
  }

  private let scenario: Scenario
  private let model: any WorkloadModel
  private let budget: TransactionBudget
  private var random: SplitMix64
  private var images: [[UInt8]]
  private var open: [Plan?]
  private var operations: [Operation] = []
  private var begun = 0
  private var spooled: [WorkloadWrite] = []
  /// A remap or reopen that waits for the open transactions to end.
  private var waiting: Operation?

  init(_ scenario: Scenario, _ seed: UInt64) {
    self.scenario = scenario
    model = scenario.workload.kind.model.init(scenario)
    budget = scenario.traits.budget
    random = SplitMix64(seed: seed).split("workload")
    images = scenario.segments.map { [UInt8](repeating: 0, count: $0.length) }
    open = Array(repeating: nil, count: scenario.workload.clients)
  }

  mutating func run() -> [Operation] {
    setUp()
    while true {
      let mayBegin = begun < scenario.workload.transactions && waiting == nil
      let clients = open.indices.filter { mayBegin || open[$0] != nil }
      guard let client = random.pick(clients) else { return operations }
      if open[client] == nil { begin(client) } else { step(client) }
    }
  }

  private mutating func setUp() {
    while true {
      var draft = TransactionDraft(images: images, budget: budget)
      guard model.setUp(&draft) else { return }
      operations.append(.begin(client: 0, restore: true))
      operations += draft.writes.map { write in
        .write(client: 0, segment: write.segment, offset: write.offset, bytes: write.bytes)
      }
      operations.append(.commit(client: 0, flush: true))
      images = draft.images
    }
  }

  private mutating func begin(_ client: Int) {
    let taken = open.flatMap { $0?.claims ?? [] }
    var draft = TransactionDraft(
      images: images, budget: budget, taken: taken, spooled: spooled)
    model.plan(&draft, client: client, &random)
    // Where other transactions are in the way, the client waits; where nothing is, an empty transaction is legal.
    guard !draft.writes.isEmpty || taken.isEmpty else { return }
    let ending = ending(of: client)
    let commits = if case .commit = ending { true } else { false }
    let restore = !(commits && random.chance(scenario.workload.noRestore))
    var steps: [Operation] = [.begin(client: client, restore: restore)]
    steps += draft.writes.map { write in
      .write(client: client, segment: write.segment, offset: write.offset, bytes: write.bytes)
    }
    open[client] = Plan(steps: (steps + [ending])[...], claims: draft.claims, writes: draft.writes)
    begun += 1
    step(client)
  }

  private mutating func ending(of client: Int) -> Operation {
    switch random.weighted(scenario.workload.mix.all) {
    case 0: .commit(client: client, flush: true)
    case 1: .commit(client: client, flush: false)
    case 2: .abort(client: client)
    default: .drop(client: client)
    }
  }

  private mutating func step(_ client: Int) {
    guard let operation = open[client]?.steps.popFirst() else {
      fatalError("client \(client) has a transaction with no step left")
    }
    operations.append(operation)
    switch operation {
    case .commit(_, let flush):
      let writes = open[client]?.writes ?? []
      for write in writes { images[write.segment].replaceSubrange(write.range, with: write.bytes) }
      spooled = flush ? [] : writes
    case .abort, .drop: break
    case .begin, .write, .flush, .truncate, .truncateStep, .remap, .reopen: return
    }
    open[client] = nil
    afterEnd()
  }

  /// What happens between transactions.
  private mutating func afterEnd() {
    // The draw is made in any case, so that what follows doesn't hang on whether one waits.
    let next = between()
    if waiting == nil { waiting = next }
    guard let operation = waiting else { return }
    switch operation {
    case .remap, .reopen:
      guard open.allSatisfy({ $0 == nil }) else { return }
      if operation == .reopen { spooled = [] }
    case .flush: spooled = []
    default: break
    }
    operations.append(operation)
    waiting = nil
  }

  private mutating func between() -> Operation? {
    switch random.weighted(scenario.workload.between.all) {
    case 0: .flush
    case 1: .truncate
    case 2: .truncateStep
    case 3: .remap(segment: random.below(scenario.segments.count))
    case 4: .reopen
    default: nil
    }
  }
}
