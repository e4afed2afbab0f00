/// What of each commit is to be seen in a state.
///
/// A byte belongs to the last commit that wrote it. It speaks only where that commit changed it: then the state
/// either has the commit's value, or one that the byte had under an earlier prefix, or a foreign one.
struct CommitTraces {
  struct Trace {
    /// Bytes that have the commit's value.
    var present = 0
    /// Bytes that have a value from before the commit.
    var old = 0
  }

  let commits: [Trace]

  init(commits: ArraySlice<WorkloadTransaction>, found: [[UInt8]]) {
    var values = found.map { [UInt8](repeating: 0, count: $0.count) }
    /// Whether some earlier prefix had the found value there.
    var wasFound = found.map { [Bool](repeating: false, count: $0.count) }
    /// The commit that changed the byte last.
    var owners = found.map { [Int](repeating: -1, count: $0.count) }
    /// The value before the commit at hand, where `stamps` has its index.
    var before = values
    var stamps = owners
    for (index, commit) in commits.enumerated() {
      for write in commit.writes {
        for (position, byte) in write.bytes.enumerated() {
          let offset = write.offset + position
          if stamps[write.segment][offset] != index {
            stamps[write.segment][offset] = index
            before[write.segment][offset] = values[write.segment][offset]
          }
          values[write.segment][offset] = byte
        }
      }
      for write in commit.writes {
        for offset in write.range where before[write.segment][offset] != values[write.segment][offset] {
          if before[write.segment][offset] == found[write.segment][offset] {
            wasFound[write.segment][offset] = true
          }
          owners[write.segment][offset] = index
        }
      }
    }
    var traces = [Trace](repeating: Trace(), count: commits.count)
    for segment in found.indices {
      for (offset, owner) in owners[segment].enumerated() where owner >= 0 {
        if values[segment][offset] == found[segment][offset] {
          traces[owner].present += 1
        } else if wasFound[segment][offset] {
          traces[owner].old += 1
        }
      }
    }
    self.commits = traces
  }
}
