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

  @Test func bytesThatNobodyWroteAreMarked() {
    #expect(VolumeLook.runs([0, 0, 97, 1, 2, 98][...]) == " .2 a1 ?2 b1")
    #expect(VolumeLook.runs([]) == "")
  }
}
