/// The calls that the threads of a run made, and the order of the commits among them.
///
/// A store makes its commits in some order, whichever threads they come from, and says which. The oracle holds it to that order: what
/// a crash leaves is what the first k commits made, of whichever threads, for some k. The order has to go with time: a commit that
/// had returned before another one was called comes before it.
struct CommitOrder {
  /// An operation of a thread.
  struct Call {
    /// Its place in the workload's list of operations.
    var place: Int
    var operation: Operation
    /// The scheduler's steps when it was called, and when it had returned.
    var called: Int
    var returned = Int.max
    /// How many storage calls had been made then.
    var start: Int
    var end = Int.max
    /// What the store said of a commit.
    var number: UInt64 = 0
    var hasFailed = false
  }

  private let calls: [Call]
  /// The calls that are commits, as places in `calls`, in the store's order.
  private let commits: [Int]
  /// For each of the workload's commits, in the order of the list, its place among `commits`.
  private let places: [Int: Int]

  /// - Parameter calls: all of them, which have returned, in the order in which they were called. A commit that failed is in the order where
  ///   the store gave it a place.
  init(_ calls: [Call]) {
    self.calls = calls
    commits = calls.indices.filter {
      calls[$0].operation.isCommit && (!calls[$0].hasFailed || calls[$0].number > 0)
    }
    .sorted { one, other in
      // One that changed nothing has the number of the one before it.
      (calls[one].number, calls[one].returned) < (calls[other].number, calls[other].returned)
    }
    places = Dictionary(uniqueKeysWithValues: commits.enumerated().map { ($0.element, $0.offset) })
  }

  /// The workload's commits in the store's order: the places of their operations in the list.
  var operationPlaces: [Int] { commits.map { calls[$0].place } }

  /// A sentence on two commits whose order does not go with time; nil where there are none.
  var problem: String? {
    var latest: Int?
    for commit in commits {
      if let latest, calls[commit].returned < calls[latest].called {
        return
          "The store says that commit \(calls[latest].number) comes before commit \(calls[commit].number), "
          + "which had returned before the other one was called."
      }
      if latest.map({ calls[$0].called < calls[commit].called }) ?? true { latest = commit }
    }
    return nil
  }

  /// What was attempted and promised, and when.
  var history: History {
    var history = History()
    var position = 0
    for (place, commit) in commits.enumerated() {
      position = max(position, calls[commit].start)
      history.noteAttempt(commit: place + 1, position: position)
    }
    let promises = calls.filter { $0.operation.promises && !$0.hasFailed }.sorted {
      ($0.end, $0.returned) < ($1.end, $1.returned)
    }
    for promise in promises {
      history.notePromise(upTo: promised(by: promise), position: promise.end)
    }
    return history
  }

  /// How many commits a call promises: a commit itself and those before it, anything else those that had returned before it was called.
  private func promised(by call: Call) -> Int {
    let last = commits.lastIndex { commit in
      calls[commit].place == call.place
        || (calls[commit].returned < call.called && !calls[commit].hasFailed)
    }
    return last.map { $0 + 1 } ?? 0
  }
}
