internal import LRVM
package import Storage
package import Threads
package import TortureCore

/// LRVM with clients that are threads, as its users run it: commits in groups, truncation on a thread of its own. Each client has its part
/// of every segment mapped, in a region of its own.
extension LRVMSystem: ThreadedSystem {
  package static func open(
    on storage: any Storage, for scenario: Scenario, scheduler: any ThreadScheduler
  ) throws -> Self {
    var options = options(of: scenario)
    options.truncationDriver = .background
    let rvm = try RVM(log: logName, on: storage, options: options, scheduler: scheduler)
    func mapParts(_ number: Int) throws -> [Region] {
      try scenario.segments.map { segment in
        let length = segment.length / scenario.threads.parts
        return try rvm.map(segment.name, offset: number * length, length: length)
      }
    }
    let parts = try (0..<scenario.threads.count).map(mapParts)
    let shared =
      scenario.threads.isShared ? SharedPart(try mapParts(scenario.threads.count), scheduler) : nil
    let clients = parts.map { regions in LRVMClient(rvm, regions.map { [$0] }, sharing: shared) }
    return Self(rvm, clients, sharing: shared)
  }

  package func client(_ number: Int) -> any ThreadedClient { clients[number] }
}
