import FaultFS
import FaultMount
import Foundation
import Testing

@Suite struct ProgramMountTests {
  @Test func aProgramFindsWhatAnEarlierOneLeftOnTheVolume() throws {
    let programs = try Programs()
    let volume = programs.mount.volume(on: FaultDisk())
    let writer = try programs.run("mkdir d && echo hello >d/f && ln d/f g && ln -s d/f h", on: volume)
    #expect(writer.ending == .exited(status: 0), "\(writer.errors)")
    let reader = try programs.run("cat g h && ls && stat -c %h d/f", on: volume)
    #expect(reader.output == "hello\nhello\nd\ng\nh\n2", "\(reader.errors)")
    let other = try programs.run("ls -A")
    #expect(other.output == "")
  }

  @Test func callsAreRecordedInTheirOrder() throws {
    let programs = try Programs()
    let volume = programs.mount.volume(on: FaultDisk())
    let run = try programs.run(
      "dd if=/dev/zero of=new bs=4096 count=2 conv=fsync status=none && mv new old && sync . && rm old",
      on: volume)
    #expect(run.hasSucceeded, "\(run.errors)")
    let operations = volume.disk.timeline.operations
    #expect(
      operations.map(\.kind) == [.create, .write, .write, .syncFull, .rename, .syncDirectory, .remove])
    #expect(operations[1].offset == 0 && operations[1].length == 4096)
    #expect(operations[2].offset == 4096 && operations[2].length == 4096)
  }

  @Test func aLineHasItsPlaceAmongTheCalls() throws {
    let programs = try Programs()
    let run = try programs.run(
      "echo begun; for i in 1 2 3; do echo $i >>log; sync log; echo $i; done; printf end")
    #expect(run.lines.map(\.text) == ["begun", "1", "2", "3", "end"])
    // Each turn writes and syncs; the first one creates the file as well.
    #expect(run.lines.map(\.operationCount) == [0, 3, 5, 7, 7])
  }

  @Test func aProgramStartsWithNothingOfTheCallers() throws {
    let programs = try Programs()
    let run = try programs.run(
      "cat; ls /proc/self/fd | wc -l; env -i sh -c 'pwd'; ps -e 2>/dev/null | wc -l >/dev/null")
    // Standard input, output, error, and the directory that ls reads.
    #expect(run.lines.first?.text == "4")
    #expect(run.lines.last?.text == programs.mount.directory)
  }

  @Test func whatAProgramLeavesRunningIsKilledAndCounted() throws {
    let programs = try Programs()
    let run = try programs.run("sleep 1000 & setsid sleep 1000 & echo started")
    #expect(run.hasSucceeded)
    #expect(run.output == "started")
    #expect(run.leftoverCount == 2)
    #expect(try programs.run("echo again").output == "again")
  }

  @Test func aProgramThatTakesTooLongIsKilled() throws {
    let programs = try Programs()
    let run = try programs.run("echo begun; echo x >f; sleep 1000", timeLimitMilliseconds: 300)
    #expect(run.ending == .timeLimit)
    #expect(run.output == "begun")
    let deaf = try programs.run("trap '' TERM INT; while :; do :; done", timeLimitMilliseconds: 200)
    #expect(deaf.ending == .timeLimit)
  }

  @Test func aProgramThatPrintsTooMuchIsKilled() throws {
    let programs = try Programs()
    let run = try programs.run("while :; do echo 0123456789; done", outputBytesMax: 100_000)
    #expect(run.ending == .outputLimit)
    let errors = try programs.run("while :; do echo 0123456789 >&2; done", outputBytesMax: 100_000)
    #expect(errors.ending == .outputLimit)
    // All of it fits into no pipe.
    let much = try programs.run("head -c 500000 /dev/zero | tr '\\0' x")
    #expect(much.output.utf8.count == 500_000)
  }

  @Test func endingsAreToldApart() throws {
    let programs = try Programs()
    #expect(try programs.run("exit 7").ending == .exited(status: 7))
    #expect(try programs.run("kill -11 $$").ending == .killed(signal: 11))
    let missing = try programs.run("no-such-program")
    #expect(missing.ending == .exited(status: 127))
    #expect(missing.errors.contains("no-such-program"))
  }

  @Test func whatCannotBeStartedIsSaid() throws {
    let programs = try Programs()
    let volume = programs.mount.volume(on: FaultDisk())
    func command(_ program: String, in directory: String) -> ProgramCommand {
      ProgramCommand(arguments: [program], workingDirectory: directory, environment: [:])
    }
    let missing = #expect(throws: EnclosureError.self) {
      try programs.mount.run(command("/no/such/program", in: "/"), on: volume)
    }
    #expect(missing?.step == .execute)
    let nowhere = #expect(throws: EnclosureError.self) {
      try programs.mount.run(command("/bin/true", in: "/no/such/directory"), on: volume)
    }
    #expect(nowhere?.step == .directory)
    let long = #expect(throws: EnclosureError.self) {
      try programs.mount.run(command(String(repeating: "x", count: 1 << 20), in: "/"), on: volume)
    }
    #expect(long?.step == .execute)
    #expect(try programs.mount.run(command("/bin/true", in: "/"), on: volume).hasSucceeded)
  }

  @Test func noDirectoryToMountAtIsSaid() throws {
    let error = #expect(throws: EnclosureError.self) { try ProgramMount(at: "/no/such/directory") }
    #expect(error?.step == .mount)
    #expect(error?.description.contains("'/no/such/directory'") == true)
  }
}
