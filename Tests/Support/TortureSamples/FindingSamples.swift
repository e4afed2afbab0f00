import FaultFS
package import TortureCore

/// A finding for tests of the report.
package func makeFinding(_ id: String) -> Finding {
  Finding(
    id: id, violation: Violation(.lostCommit, "Transaction 3 is missing.", transaction: 3),
    crashes: [CrashState(point: 17), CrashState(point: 2)], losses: [makeLoss("log", number: 1)],
    strategy: "one-lost", afterCrashStates: 37)
}

/// A lost write of a sector of the file `name`.
package func makeLoss(_ name: String, number: Int, offset: Int = 0, laterCount: Int = 0) -> Loss {
  Loss(
    call: StorageCall(number: number, kind: .write, name: name, offset: offset, length: 512),
    place: .bytes(offset..<offset + 512), laterCount: laterCount)
}

/// A frame of a store's code.
package func makeFrame(_ function: String, _ file: String? = nil, _ line: Int? = nil) -> StackFrame {
  StackFrame(function: function, file: file, line: line, layer: .store)
}
