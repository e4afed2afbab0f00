import FaultFS
import FaultMount
import Foundation
import ProgramTorture
import TortureCore

/// What programs on the mount cost: a call of the file system, an execution of a checker from its crash state to its output,
/// a case on one and on two processors, and small programs whole. `make bench-programs` runs it.
@main struct BenchPrograms {
  static func main() throws {
    let directory = FileManager.default.temporaryDirectory.appending(
      path: "bench-programs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let bench = try Bench(directory: directory.path)
    try bench.measureCalls(200_000)
    try bench.measureChecker("C", bench.command([Bench.checker, "store"]), executions: 3000)
    try bench.measureChecker(
      "C in a shell", bench.command(["/bin/sh", "-c", "\(Bench.checker) store"]), executions: 2000)
    if FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") {
      let program = "import hashlib; print(hashlib.sha256(open('store', 'rb').read()).hexdigest())"
      try bench.measureChecker("Python", bench.command(["/usr/bin/python3", "-c", program]), executions: 100)
    }
    Systems.register(["program": ProgramSystem.self])
    try measureCase()
    try Examples.measure()
  }
}

extension BenchPrograms {
  /// A case whose checker sees something new in each of its executions.
  private static func measureCase() throws {
    // What is known of a checker's runs is known by its line: each number of processors has one of its own.
    func text(_ cores: Int) -> String {
      """
      name: bench
      program:
        setup: head -c 8192 /dev/zero >$STORE/store; sync $STORE/store $STORE
        workload: for i in 0 1 2 3 4 5 6 7 8 9; do printf $i | dd of=$STORE/store bs=1 seek=$((i * 512)) conv=notrunc status=none; done; echo written
        check: true \(cores) && \(Bench.checker) $STORE/store
      disk: {tearing: none}
      crash: {exploration: exhaustive, recovery_depth: 0, executions_per_point: 100000}
      seeds: {count: 1}
      """
    }
    var seconds: [Double] = []
    for cores in [1, 2] {
      let scenario = try ScenarioReader.read(Array(text(cores).utf8), file: "the benchmark")
      var result: CaseResult?
      let time = ContinuousClock().measure { result = CaseRunner.run(scenario, seed: 1, cores: cores) }
      guard let result, result.verdict == .clean || result.verdict == .violation else {
        fatalError("\(result?.reason ?? "no result")")
      }
      seconds.append(time / .seconds(1))
      print(
        "a case on \(cores) \(cores == 1 ? "processor" : "processors"): \(result.crashStates) states in",
        "\(String(format: "%.2f s, %.0f", time / .seconds(1), Double(result.crashStates) / (time / .seconds(1)))) states/s"
      )
    }
    print("two processors: \(String(format: "%.2f", seconds[0] / seconds[1])) times as fast as one")
  }
}

struct Bench {
  let directory: String
  let mount: ProgramMount

  static var checker: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("bench-checker").path
  }

  init(directory: String) throws {
    self.directory = directory
    mount = try ProgramMount(at: directory)
  }

  func command(_ arguments: [String]) -> ProgramCommand {
    ProgramCommand(
      arguments: arguments, workingDirectory: directory, environment: ["PATH": "/usr/bin:/bin"],
      timeLimitMilliseconds: 600_000)
  }

  private func mustSucceed(_ run: ProgramRun) {
    if !run.hasSucceeded { fatalError("\(run.ending): \(run.errors)") }
  }

  /// What one call that needs the server costs, from the program's side.
  func measureCalls(_ count: Int) throws {
    let volume = mount.volume(on: FaultDisk())
    mustSucceed(try mount.run(command(["/bin/sh", "-c", "echo hello >store"]), on: volume))
    let before = mount.servedCallCount
    let time = try ContinuousClock().measure {
      mustSucceed(try mount.run(command([Self.checker, "store", "\(count)"]), on: volume))
    }
    let calls = mount.servedCallCount - before
    print("a call of the file system: \(Self.text(time / .microseconds(calls), 1)) us (\(calls) calls)")
  }

  /// How many crash states of a file written in place, page by page, a checker judges in a second.
  func measureChecker(_ name: String, _ checker: ProgramCommand, executions: Int) throws {
    let disk = FaultDisk()
    let volume = mount.volume(on: disk)
    let workload = command(
      ["/bin/sh", "-c", "head -c 16384 /dev/zero >store; for i in 1 2 3 4; do echo $i >>store; done"])
    mustSucceed(try mount.run(workload, on: volume))
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    let floor = CrashState(point: window.point)
    let before = mount.servedCallCount
    var processorNanoseconds = 0
    let time = try ContinuousClock().measure {
      for _ in 0..<executions {
        try window.withDisk(showing: floor) { disk in
          let run = try mount.run(checker, on: mount.volume(on: disk))
          mustSucceed(run)
          processorNanoseconds += run.processorNanoseconds
        }
      }
    }
    print(
      "a checker, \(name): \(Self.text(Double(executions) / (time / .seconds(1)), 0)) executions/s,",
      "\(Self.text(Double(mount.servedCallCount - before) / Double(executions), 1)) calls each,",
      "\(Self.text(Double(processorNanoseconds) / Double(executions) / 1e6, 2)) ms of it its own processor time"
    )
  }

  private static func text(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
