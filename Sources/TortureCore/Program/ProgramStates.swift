import FaultFS

/// What a program's store may show: what the checker prints after each line of a workload, on what a killed process leaves.
///
/// State k is that after the line number k; the last one is that of the workload's end.
package struct ProgramStates {
  var lines: [AcknowledgedLine]
  /// What the checker prints in each state.
  var outputs: [String]
  let oracle: Oracle

  init(lines: [AcknowledgedLine] = [], outputs: [String] = [""]) {
    self.lines = lines
    self.outputs = outputs
    oracle = Oracle(outputs: outputs)
  }

  /// The states of a run that printed these lines, by what those of a run without faults are; nil where it printed others.
  ///
  /// A program that ignores an error prints the line that it would have printed without: it is held to what it said.
  func states(of lines: [AcknowledgedLine]) -> ProgramStates? {
    guard lines.count <= self.lines.count,
      zip(lines, self.lines).allSatisfy({ $0.text == $1.text })
    else { return nil }
    // One line further may have been under way.
    return ProgramStates(lines: lines, outputs: Array(outputs.prefix(lines.count + 2)))
  }

  /// Where a state is, in words.
  func place(_ state: Int) -> String {
    switch state {
    case 0: "before its first line"
    case 1...max(1, lines.count): "after its line \(state), '\(lines[state - 1].text)'"
    default: "at its end"
    }
  }
}
