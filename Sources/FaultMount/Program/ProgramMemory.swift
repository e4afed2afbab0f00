internal import FaultFS
internal import Foundation

/// Remembers what a program asked of its volumes, was answered, and came to, so that it need not run where it would be
/// answered the same.
///
/// A deterministic program is a function of the answers: it asks for one thing without having seen anything, for the next in
/// the light of the answer, and so on. So its runs form a tree of calls, whose branches are answers. The tree is
/// walked on a volume without the program: each call is made as the program would make it, writes included. Where
/// the walk arrives at an end, the program would have come to the same. Where an answer is new, the program runs: what it
/// asks first is answered as the walk was, and not done a second time; from there on the tree grows.
///
/// A program that asks something else than it did after the same answers depends on more than its volume. Nothing is remembered
/// of it from then on; where the walk had changed the volume in its name, what it came to counts for nothing either
/// (`divergence`).
///
/// Answers are compared by hashes (XXH3, 64 bits) of all but times.
///
/// Threading: one thread at a time.
public final class ProgramMemory {
  private struct Node {
    /// What it asks next; nil where nothing is known, or it asks nothing more.
    var call: ProgramCall?
    /// What it came to, where it asks nothing more.
    var run: ProgramRun?
    /// By the answer's hash.
    var next: [UInt64: Int] = [:]
  }

  private var nodes: [Node] = []
  private var roots: [Int: Int] = [:]
  private var byteCount = 0
  private let bytesMax: Int
  /// How a program changed its mind after a walk had changed its volume; nil where none did.
  public private(set) var divergence: String?
  private var isOff = false
  private var helpers: [Helper] = []
  /// In a copy of a process: tells the process what a program came to.
  private var tell: (([UInt8]) -> Void)?

  private struct Helper {
    weak var helper: ProgramHelper?
  }

  /// How many runs were remembered, and how many programs ran.
  public private(set) var remembered = 0
  public private(set) var executed = 0

  /// - Parameter bytesMax: how much memory is used before all is forgotten.
  public init(bytesMax: Int = 512 << 20) {
    self.bytesMax = bytesMax
  }

  /// Forgets everything, and goes on.
  private func removeAll() {
    nodes.removeAll()
    roots.removeAll()
    byteCount = 0
  }

  /// One run, walked as far as it is known, and then written down.
  final class Course {
    private let memory: ProgramMemory
    private var steps: [(call: ProgramCall, answer: VolumeAnswer)] = []
    /// How many of them the program has asked for as well.
    private var confirmed = 0
    /// Where the tree goes on; nil once nothing is written down any more.
    private var node: Int?
    private let root: Int
    /// The nodes from the root on, each with the hash of its answer.
    private var path: [(node: Int, hash: UInt64)] = []

    /// Walks the tree on the volume that `server` shows.
    ///
    /// - Parameter root: tells programs apart that are not the same function.
    init(_ memory: ProgramMemory, root: Int, on server: VolumeServer) {
      self.memory = memory
      self.root = root
      if memory.isOff { return }
      memory.learn()
      if memory.byteCount > memory.bytesMax { memory.removeAll() }
      var place = memory.root(root)
      while let call = memory.nodes[place].call {
        let answer = call.withCall(serial: server.serial) { server.answer(to: $0) }
        let hash = answer.hash
        steps.append((call, answer))
        path.append((place, hash))
        place = memory.next(place, hash)
      }
      node = place
    }

    /// What the program would come to; nil where it has to run.
    func recalled() -> ProgramRun? {
      guard let node, let run = memory.nodes[node].run else {
        memory.executed += 1
        return nil
      }
      memory.remembered += 1
      return run
    }

    /// What the running program is answered.
    func answer(to call: FuseCall, by server: VolumeServer) -> VolumeAnswer {
      if confirmed < steps.count {
        if steps[confirmed].call.isLike(ProgramCall(call)) {
          confirmed += 1
          return steps[confirmed - 1].answer
        }
        changesItsMind()
      }
      guard let node else { return server.answer(to: call) }
      let known = ProgramCall(call)
      let answer = server.answer(to: call)
      memory.nodes[node].call = known
      memory.byteCount += known.byteCount + MemoryLayout<Node>.size + 64
      let hash = answer.hash
      path.append((node, hash))
      self.node = memory.next(node, hash)
      return answer
    }

    /// The program has ended.
    ///
    /// - Parameter run: what is to be remembered; nil where its end was not its own.
    func end(_ run: ProgramRun?) {
      if confirmed < steps.count { changesItsMind() }
      guard let node, let run else { return }
      memory.nodes[node].run = run
      memory.tellOfRun(run, root: root, path)
      memory.byteCount += run.lines.reduce(run.errors.utf8.count) { $0 + $1.text.utf8.count + 64 }
    }

    private func changesItsMind() {
      if memory.divergence == nil && steps[confirmed...].contains(where: \.call.changesVolume) {
        memory.divergence = "a program asked something else of a volume after the same answers"
      }
      memory.isOff = true
      memory.removeAll()
      node = nil
      confirmed = steps.count
    }
  }

  // MARK: Helpers

  /// From here on, what programs come to is told by `tell`, for the memory of the process that this one is a copy of.
  func beginTelling(_ tell: @escaping ([UInt8]) -> Void) {
    self.tell = tell
    helpers = []
  }

  func add(_ helper: ProgramHelper) {
    helpers.append(Helper(helper: helper))
  }

  /// A failure may come of two programs that are in each other's way, so it is left to the process to meet it itself.
  private func tellOfRun(_ run: ProgramRun, root: Int, _ path: [(node: Int, hash: UInt64)]) {
    guard let tell, run.hasSucceeded, let end = try? JSONEncoder().encode(run) else { return }
    var text = CopiedText()
    text.put(root)
    text.put(path.count)
    for step in path {
      guard let call = nodes[step.node].call else { return }
      call.encode(into: &text)
      text.put(Int(bitPattern: UInt(step.hash)))
    }
    text.put([UInt8](end))
    var message = CopiedText()
    message.put(text.bytes)
    tell(message.bytes)
  }

  /// Takes over what helpers have found out.
  private func learn() {
    for helper in helpers {
      for news in helper.helper?.news() ?? [] { learn(news) }
    }
  }

  private func learn(_ news: [UInt8]) {
    var text = CopiedText(news)
    guard let number = text.takeNumber(), let count = text.takeNumber() else { return }
    var place = root(number)
    for _ in 0..<count {
      guard let call = ProgramCall(from: &text), let hash = text.takeNumber(), nodes[place].run == nil else {
        return
      }
      if let known = nodes[place].call {
        if !known.isLike(call) { return }
      } else {
        nodes[place].call = call
        byteCount += call.byteCount + MemoryLayout<Node>.size + 64
      }
      place = next(place, UInt64(UInt(bitPattern: hash)))
    }
    guard let end = text.takeBytes(), let run = try? JSONDecoder().decode(ProgramRun.self, from: Data(end)),
      nodes[place].call == nil
    else { return }
    nodes[place].run = run
  }

  private func root(_ number: Int) -> Int {
    if let known = roots[number] { return known }
    roots[number] = nodes.count
    nodes.append(Node())
    return nodes.count - 1
  }

  private func next(_ node: Int, _ hash: UInt64) -> Int {
    if let known = nodes[node].next[hash] { return known }
    nodes[node].next[hash] = nodes.count
    nodes.append(Node())
    return nodes.count - 1
  }
}
