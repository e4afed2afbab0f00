import FaultFS
import FaultMount
import Testing

@testable import KernelLitmus

/// The look at a volume that needs no mount says what `litmus-calls` says.
@Suite(.serialized) struct VolumeLookTests {
  @Test func saysWhatIsPrinted() throws {
    let stage = try Litmus.stage()
    let volume = stage.volume(on: FaultDisk())
    let calls = [
      "mkdir d", "mkdir d/e", "create d/f", "write d/f 100 5000 a", "append d/f 10 b", "link d/f g",
      "symlink d/f l",
      "create empty", "create .hidden", "write g 3000 10 c", "truncate g 9000",
    ]
    let made = try stage.run(calls + ["look"], on: volume, nil)
    #expect(made.hasSucceeded, "\(made.errors)")
    let expected = "d/; d/e/; d/f 9000 .100 a2900 c10 a2090 b10 .3890; empty 0; g = d/f; l -> d/f"
    #expect(CrashedDiskLook.joined(made.lines.map(\.text)) == expected)
    #expect(VolumeLook.outcome(on: volume) == expected)
  }

  @Test func whatIsPrintedOfBytesThatNobodyWroteIsTheSame() throws {
    let stage = try Litmus.stage()
    let volume = stage.volume(on: FaultDisk())
    let calls = [
      "create f", "write f 0 5 a", "append f 5 b", "append f 9 c", "append f 3 d", "append f 8 e", "look",
    ]
    let printed = CrashedDiskLook.joined(try stage.run(calls, on: volume, nil).lines.map(\.text))
    #expect(printed == "f 30 ?10 c9 ?3 e8")
    #expect(VolumeLook.outcome(on: volume) == printed)
  }

  @Test func bytesThatNobodyWroteAreMarked() {
    let written = [UInt8](repeating: 0, count: 9) + [UInt8](repeating: 97, count: 8)
    let foreign: [UInt8] = [1, 98, 98, 0, 200] + [UInt8](repeating: 99, count: 7)
    #expect(VolumeLook.runs((written + foreign + written)[...]) == " .9 a8 ?12 .9 a8")
    #expect(VolumeLook.runs([]) == "")
  }
}
