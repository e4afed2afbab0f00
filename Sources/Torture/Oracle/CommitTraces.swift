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
    /// The commit that wrote the byte last, and whether it changed it.
    var owners = found.map { [Int](repeating: -1, count: $0.count) }
    for (index, commit) in commits.enumerated() {
      var before: [Comparison.Place: UInt8] = [:]
      for write in commit.writes {
        for (position, byte) in write.bytes.enumerated() {
          let place = Comparison.Place(segment: write.segment, offset: write.offset + position)
          if before[place] == nil { before[place] = values[place.segment][place.offset] }
          values[place.segment][place.offset] = byte
        }
      }
      for (place, old) in before where old != values[place.segment][place.offset] {
        if old == found[place.segment][place.offset] { wasFound[place.segment][place.offset] = true }
        owners[place.segment][place.offset] = index
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
