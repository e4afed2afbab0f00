import FaultMount

/// Where the calls of a litmus test are among the operations of a recording.
struct CallMarks {
  /// How many operations there were when the test began.
  var begin = 0
  /// The same when each call had returned.
  var returned: [Int] = []
  /// The same when everything was drained.
  var end = 0
  /// The errors of calls that failed, by the number of the call from 0.
  var errors: [Int: String] = [:]

  /// Reads what `litmus-calls` has printed; nil where it did not come to its end.
  init?(_ run: ProgramRun) {
    var isEnded = false
    for line in run.lines {
      let words = line.text.split(separator: " ")
      switch words.first {
      case "begin": begin = line.operationCount
      case "end":
        end = line.operationCount
        isEnded = true
      default:
        returned.append(line.operationCount)
        if words.count > 1 { errors[returned.count - 1] = String(words[1]) }
      }
    }
    if !isEnded || !run.hasSucceeded { return nil }
  }

  /// How many calls had returned at a crash point.
  func phase(at point: Int) -> Int {
    returned.count { $0 <= point }
  }
}
