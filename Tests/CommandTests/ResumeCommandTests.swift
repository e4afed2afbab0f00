import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage
import Testing

/// The built command, killed and started again, and where the system gives it too little.
@Suite struct ResumeCommandTests {
  private let folder: CommandFolder

  init() throws {
    folder = try CommandFolder()
    try folder.writeScenario("transfers")
  }

  /// A shell kills the campaign: this process runs the other tests meanwhile, and might look too late.
  @Test func aKilledCampaignGoesOnToTheSameReport() async throws {
    let arguments = ["run", "transfers.yaml", "--runs", "60", "--jobs", "2", "--quiet", "--out"]
    let whole = try await CommandRun.run(arguments + ["whole"], in: folder.path)
    #expect(whole.status == 0, "\(whole.errors)")
    for lines in [0, 20, 40] {
      let out = "killed\(lines)"
      let killed = try await CommandRun.line(
        """
        lrvm-torture \((arguments + [out]).joined(separator: " ")) &
        until [ -e \(out)/campaign.json ] && [ "$(wc -l <\(out)/results.jsonl)" -ge \(lines) ]
        do sleep 0.02; done
        kill -KILL $!
        wait $!
        """, in: folder.path)
      #expect(killed.status == 128 + SIGKILL)
      let resumed = try await CommandRun.run(arguments + [out, "--resume"], in: folder.path)
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try folder.read("\(out)/results.jsonl") == folder.read("whole/results.jsonl"))
      #expect(try figures(out) == figures("whole"))
    }
  }

  /// The summary without what the clock decides.
  private func figures(_ out: String) throws -> [String] {
    let text = try folder.read("\(out)/summary.json")
    let timeless = text.replacing(/(?s)"progress" : \{.*?\n  \},/, with: "")
    return timeless.split(separator: "\n").map(String.init).filter { !$0.contains("second") }
  }

  @Test func twoRunsInOneFolderAreRefused() async throws {
    let arguments = ["run", "transfers.yaml", "--runs", "1000000000", "--quiet"]
    var refusals: [CommandRun] = []
    let results = "reports/latest/results.jsonl"
    _ = try await CommandRun.whileRunning(arguments, in: folder.path) {
      while (try? folder.read(results).isEmpty) != false { try await Task.sleep(for: .milliseconds(20)) }
      for resume in [[], ["--resume"]] {
        refusals.append(try await CommandRun.run(arguments + resume, in: folder.path))
      }
    }
    #expect(refusals.map(\.status) == [64, 64])
    #expect(
      refusals.allSatisfy { $0.errors.contains("another run is writing the report in 'reports/latest'") })
    #expect(try folder.read("reports/latest/summary.json").contains("\"state\" : \"interrupted\""))
  }

  @Test func tooFewDescriptorsAreAClearError() async throws {
    for (limit, words) in [(24, "raise it (ulimit -n)"), (70, "use --jobs 2, or raise it (ulimit -n)")] {
      let run = try await CommandRun.run(
        ["run", "transfers.yaml", "--jobs", "8"], in: folder.path, shell: "ulimit -n \(limit)")
      #expect(run.status == 64)
      #expect(run.errors.contains("8 jobs need 144 file descriptors, and the limit is \(limit): \(words)"))
      #expect(throws: Errno.noSuchFileOrDirectory) { try folder.read("reports/latest/summary.json") }
    }
  }

  /// Root is not bound by a limit on processes, so there a process of another user is asked for.
  @Test func tooFewProcessesAreAClearError() async throws {
    for (limit, words) in [
      (3, "threads and processes are needed at the start"), (16, "2 jobs need 14 threads"),
    ] {
      // A number that no other process of the machine counts against.
      let user = "setpriv --reuid=\(3_000_000 + limit) --clear-groups"
      let line = "exec \(user) bash -c 'ulimit -u \(limit); exec lrvm-torture run transfers.yaml --jobs 2'"
      let run = try await CommandRun.line(
        "if [ $(id -u) = 0 ]; then chmod -R a+rwX .; \(line); else echo '\(words)' >&2; exit 64; fi",
        in: folder.path)
      #expect(run.status == 64, "\(run.output)\(run.errors)")
      #expect(run.errors.contains(words), "\(run.errors)")
    }
  }

  @Test func limitsAndSharesAreChecked() async throws {
    for (arguments, words) in [
      (["--share", "transfers=2"], "--share needs --time-limit or --states"),
      (["--states", "0"], "at least 1"), (["--states", "9", "--share", "transfers"], "SCENARIO=NUMBER"),
      (["--states", "9", "--share", "nobody=2"], "none of the scenarios has that name"),
      (["--shard", "3/2"], "I from 1 to N"), (["--shard", "slurm"], "not a task of a Slurm array"),
    ] {
      let run = try await CommandRun.run(["run", "transfers.yaml"] + arguments, in: folder.path)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
    }
    let run = try await CommandRun.run(
      ["run", "transfers.yaml", "--states", "30", "--share", "transfers=2", "--runs", "100000", "--quiet"],
      in: folder.path)
    #expect(run.status == 0)
    #expect(run.output.contains("Nothing found"))
  }
}
