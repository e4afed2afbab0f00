package import ArgumentParser
import FaultFS
import FaultMount
import TortureTool
import TortureViews

package struct FaultCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "fault", abstract: "Makes calls on a mount fail from now on.",
    discussion: """
      A fault replaces those set before; 'clear' removes them. The fault model (docs/fault-model.md) says what \
      each kind does.
      """)

  @Argument(help: "The directory of the mount.", completion: .directory)
  var directory: String

  @Argument(
    help: "What goes wrong: \((["clear"] + Fault.Kind.allCases.map(\.rawValue)).joined(separator: ", ")).")
  var kind: String

  @Option(help: "Which files: a path in the mount, or a pattern in which * stands for any characters.")
  var file = "*"

  @Option(help: "The number of the matching call that is struck, counted from 1.")
  var call = 1

  @Option(help: "Strike each matching call with this probability instead.")
  var rate: Double?

  @Option(help: "Let this seed decide what the fault leaves open.")
  var seed: UInt64 = 0

  @Flag(help: "Strike every later matching call too.")
  var sticky = false

  package init() {}

  package func validate() throws {
    if kind != "clear" && Fault.Kind(rawValue: kind) == nil {
      throw ValidationError(
        "no fault is called '\(kind)'; expected one of clear, \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
  }

  package func run() throws {
    var faults: [Fault] = []
    if let kind = Fault.Kind(rawValue: kind) {
      faults = [
        Fault(kind, file: file, at: rate.map { .rate($0) } ?? .call(call), isSticky: sticky, seed: seed)
      ]
    }
    _ = try MountText.ask(.inject(faults), directory)
  }
}
