import FaultFS
import FaultMount
import Foundation
import Testing

/// What a program asked, was answered and came to stands for running it again.
@Suite struct ProgramMemoryTests {
  private func volume(_ programs: Programs, holding text: String) throws -> FaultVolume {
    let volume = programs.mount.volume(on: FaultDisk())
    let made = try programs.run("printf '%s' '\(text)' >f", on: volume)
    #expect(made.hasSucceeded, "\(made.errors)")
    return volume
  }

  private func run(
    _ line: String, _ programs: Programs, on volume: FaultVolume, _ memory: ProgramMemory, root: Int = 0
  ) throws -> ProgramRun {
    try programs.mount.run(
      ProgramCommand(
        shell: line, workingDirectory: programs.mount.directory, environment: ["PATH": "/usr/bin:/bin"]),
      on: volume, memory: memory, root: root)
  }

  @Test func theSameFilesAreLookedAtOnce() throws {
    let programs = try Programs()
    let memory = ProgramMemory()
    let line = "read word rest <f; if [ $word = a ]; then cat f >g; sync g; else rm f; fi; echo $word; exit 3"
    for (text, executed) in [("a 1", 1), ("b 1", 2), ("a 1", 2), ("b 1", 2), ("a 2", 3)] {
      let volume = try volume(programs, holding: text)
      let before = volume.disk.operationCount
      let run = try run(line, programs, on: volume, memory)
      #expect(run.output == String(text.prefix(1)))
      #expect(run.ending == .exited(status: 3))
      #expect(memory.executed == executed, "\(text)")
      // What it does to its volume is done, whether or not it ran.
      let kinds = volume.disk.timeline.operations.dropFirst(before).map(\.kind)
      #expect(kinds == (text.hasPrefix("a") ? [.create, .write, .syncFull] : [.remove]), "\(text)")
      #expect(
        try programs.run("cat g 2>/dev/null || true", on: volume).output == (text.hasPrefix("a") ? text : ""))
    }
    #expect(memory.remembered == 2)
    #expect(memory.divergence == nil)
  }

  @Test func programsOfAnotherRootAreOthers() throws {
    let programs = try Programs()
    let memory = ProgramMemory()
    #expect(try run("cat f", programs, on: volume(programs, holding: "a"), memory).output == "a")
    #expect(try run("wc -c <f", programs, on: volume(programs, holding: "a"), memory, root: 1).output == "1")
    #expect(memory.executed == 2)
  }

  @Test func aProgramThatChangesItsMindIsRunEachTime() throws {
    let programs = try Programs()
    let state = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: state) }
    // It does one thing the first time, and another from then on.
    func line(_ first: String, _ later: String) -> String {
      "if [ -e \(state) ]; then \(later); else touch \(state); \(first); fi; cat g 2>/dev/null; cat f"
    }
    for (first, later, diverges) in [
      ("cat f >/dev/null", "ls >/dev/null", false), ("echo 1 >g", "ls >/dev/null", true),
    ] {
      try? FileManager.default.removeItem(atPath: state)
      let memory = ProgramMemory()
      let text = line(first, later)
      #expect(try run(text, programs, on: volume(programs, holding: "a"), memory).hasSucceeded)
      // Another file at the end, so that the walk does not reach it.
      let second = try run(text, programs, on: volume(programs, holding: "b"), memory)
      #expect(second.output.hasSuffix("b"))
      #expect((memory.divergence != nil) == diverges, "\(first)")
      _ = try run(text, programs, on: volume(programs, holding: "b"), memory)
      #expect(memory.executed == 3)
      #expect(memory.remembered == 0)
    }
  }

  @Test func whatWasCutShortIsNotRemembered() throws {
    let programs = try Programs()
    let memory = ProgramMemory()
    let command = ProgramCommand(
      shell: "cat f; sleep 1000", workingDirectory: programs.mount.directory,
      environment: ["PATH": "/usr/bin:/bin"], timeLimitMilliseconds: 200)
    for _ in 0..<2 {
      let run = try programs.mount.run(command, on: volume(programs, holding: "a"), memory: memory)
      #expect(run.ending == .timeLimit)
    }
    #expect(memory.executed == 2)
    #expect(memory.divergence == nil)
  }
}

/// The kernel does not ask for more than the program does, where it can be told so (since 6.6).
@Suite struct DirectReadTests {
  @Test func aReadObservesItsBytesAlone() throws {
    let programs = try Programs()
    let volume = programs.mount.volume(on: FaultDisk())
    #expect(try programs.run("head -c 4096 /dev/zero >f; sync f .", on: volume).hasSucceeded)
    volume.disk.restartRecording()
    #expect(
      try programs.run(
        "for i in 0 1 2 3 4 5 6 7; do printf x | dd of=f bs=1 seek=$((i * 512)) conv=notrunc status=none; done",
        on: volume
      ).hasSucceeded)
    let window = CrashWindow(over: volume.disk)
    window.advance(to: window.lastPoint)
    final class Counter: Resolver {
      var count = 0
      func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
        self.count += 1
        return 0
      }
    }
    let counter = Counter()
    let run = try window.withDisk(resolvingBy: counter) { disk in
      try programs.run(
        "dd if=f bs=1 count=16 skip=512 status=none | wc -c", on: programs.mount.volume(on: disk))
    }
    #expect(run.output == "16")
    let fields = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8).split(
      separator: ".")
    let isNew = (Int(fields[0]) ?? 0, Int(fields[1]) ?? 0) >= (6, 6)
    #expect(counter.count == (isNew ? 1 : 8))
  }

  @Test func aWriteThatAsksForASyncIsSynced() throws {
    let programs = try Programs()
    let volume = programs.mount.volume(on: FaultDisk())
    let run = try programs.run(
      """
      dd if=/dev/zero of=f bs=512 count=1 oflag=dsync status=none
      dd if=/dev/zero of=f bs=512 count=1 oflag=sync conv=notrunc status=none
      """, on: volume)
    #expect(run.hasSucceeded, "\(run.errors)")
    let kinds = volume.disk.timeline.operations.map(\.kind).filter { $0 != .create }
    #expect(kinds.first == .write)
    #expect(kinds.dropFirst().first == .syncData)
    #expect(kinds.filter { $0 == .write }.count == 2)
    #expect(kinds.last == .syncFull)
  }

  @Test func whatIsReadAndWhatIsMappedIsTheSame() throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
    let programs = try Programs()
    let program = """
      import mmap, os
      f = os.open('f', os.O_RDWR | os.O_CREAT)
      os.write(f, b'a' * 8192)
      m = mmap.mmap(f, 8192)
      m[5000] = ord('b')
      print(os.pread(f, 1, 5000).decode())
      os.pwrite(f, b'c', 5001)
      print(chr(m[5001]))
      m.flush()
      print(os.pread(f, 2, 5000).decode())
      """
    let run = try programs.mount.run(
      ProgramCommand(
        arguments: ["/usr/bin/python3", "-c", program], workingDirectory: programs.mount.directory,
        environment: [:]),
      on: programs.mount.volume(on: FaultDisk()))
    #expect(run.output == "b\nc\nbc", "\(run.errors)")
  }
}
