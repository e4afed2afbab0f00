import Foundation
import Testing

/// The command as a user calls it, on a program.
@Suite(.serialized) struct ProgramCommandTests {
  /// The reproducer of the first failure of the last run.
  private func firstReproducer(in folder: CommandFolder) throws -> String {
    let failures = try FileManager.default.contentsOfDirectory(
      atPath: folder.path + "/reports/latest/failures"
    ).sorted()
    return "reports/latest/failures/\(try #require(failures.first))/reproducer.json"
  }

  private func run(_ arguments: [String], in folder: CommandFolder, through command: [String] = []) throws
    -> (status: Int32, output: String)
  {
    try folder.run(arguments, through: command)
  }

  private func lines(_ writer: Samples.Writer) -> [String] {
    ["--setup", "echo value 0 >$STORE/f", "--workload", writer.workload, "--check", "cat $STORE/f"]
  }

  @Test func aProgramIsTorturedWithoutAFile() throws {
    let folder = try CommandFolder()
    let clean = try run(["run-program"] + lines(.complete), in: folder)
    #expect(clean.status == 0, "\(clean.output)")
    #expect(clean.output.contains("all covered"))

    let found = try run(["run-program"] + lines(.syncedAndRenamed), in: folder)
    #expect(found.status == 1)
    #expect(found.output.contains("lost-commit"))
    #expect(found.output.contains("missing: 'value 1'; instead: 'value 0'"))
    let reproducer = try firstReproducer(in: folder)

    let replay = try run(["replay", reproducer], in: folder)
    #expect(replay.status == 1)
    #expect(replay.output.contains("The failure is there: lost-commit"))
    let explanation = try run(["explain", reproducer], in: folder)
    #expect(explanation.output.contains("a sync of the directory between them closes this"))
    #expect(explanation.output.contains("process-crash   safe"))
    let promoted = try run(["promote", reproducer, "--to", "regressions"], in: folder)
    #expect(promoted.status == 0, "\(promoted.output)")
  }

  @Test func resultsAreEqualInEachProcessAndInShards() throws {
    let folder = try CommandFolder()
    for writer in Samples.Writer.allCases {
      let text = """
        name: \(writer.rawValue.lowercased())
        program:
          setup: echo value 0 >$STORE/f
          workload: \(writer.workload)
          check: cat $STORE/f
        seeds: {count: 2}
        """
      try text.write(
        toFile: folder.path + "/\(writer.rawValue).yaml", atomically: true, encoding: .utf8)
    }
    let twice = try run(["run", ".", "--doublecheck", "--no-shrink", "--out", "whole"], in: folder)
    #expect(twice.status == 1, "\(twice.output)")
    for shard in ["1/2", "2/2"] {
      let part = try run(
        ["run", ".", "--no-shrink", "--shard", shard, "--out", "part\(shard.prefix(1))"], in: folder)
      #expect(part.status == 0 || part.status == 1, "\(part.output)")
    }
    let merged = try run(["merge", "part1", "part2", "--out", "merged"], in: folder)
    #expect(merged.status == 1, "\(merged.output)")
    #expect(
      FileManager.default.contents(atPath: folder.path + "/merged/results.jsonl")
        == FileManager.default.contents(atPath: folder.path + "/whole/results.jsonl"))
  }

  @Test func aCaseOnTwoProcessorsComesToTheSame() throws {
    let folder = try CommandFolder()
    var namespaces: [Int] = []
    for jobs in [1, 2] {
      let log = "\(folder.path)/namespaces\(jobs)"
      let run = try run(
        [
          "run-program", "--setup", "head -c 4096 /dev/zero >$STORE/f; sync $STORE/f $STORE", "--workload",
          "for i in 0 1 2 3 4; do printf x | dd of=$STORE/f bs=1 seek=$((i * 512)) conv=notrunc status=none; done",
          // Each of the copies has a mount namespace of its own.
          "--check", "readlink /proc/self/ns/mnt >>\(log); sleep 0.02; cksum <$STORE/f >/dev/null",
          "--promise", "checked", "--recovery-depth", "0", "--jobs", "\(jobs)", "--out", "\(jobs)",
        ], in: folder)
      #expect(run.status == 0, "\(run.output)")
      let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      namespaces.append(Set(lines).count)
    }
    #expect(namespaces == [1, 2])
    let (one, two) = (
      FileManager.default.contents(atPath: folder.path + "/1/results.jsonl"),
      FileManager.default.contents(atPath: folder.path + "/2/results.jsonl")
    )
    // The path of the log is in the scenario, not in the result.
    #expect(one != nil && one == two)
  }

  @Test(.enabled(if: CompiledProgram.isPossible, "no C compiler here"))
  func aReplayAndAnExplanationNameTheProgramsFunctions() throws {
    let folder = try CommandFolder()
    let program = try CompiledProgram(
      """
      \(CompiledProgram.prelude)
      __attribute__((noinline)) static void save_settings(const char *text) {
        int file = make("new");
        if (write(file, text, strlen(text)) < 0 || fsync(file) != 0) _exit(1);
        close(file);
      }
      __attribute__((noinline)) static void replace_settings(void) {
        if (chdir(getenv("STORE")) != 0 || rename("new", "f") != 0) _exit(1);
      }
      int main(void) {
        for (int n = 1; n <= 2; n += 1) {
          char text[16];
          sprintf(text, "value %d", n);
          save_settings(text);
          replace_settings();
          printf("saved %d\\n", n);
          fflush(stdout);
        }
        return 0;
      }
      """)
    let found = try run(
      [
        "run-program", "--setup", "echo value 0 >$STORE/f", "--workload", program.path, "--check",
        "cat $STORE/f", "--no-shrink",
      ], in: folder)
    #expect(found.status == 1, "\(found.output)")
    let reproducer = try firstReproducer(in: folder)
    let replay = try run(["replay", reproducer], in: folder)
    #expect(replay.output.contains("replace_settings at program.c:"), "\(replay.output)")
    #expect(replay.output.contains("main at program.c:"))
    #expect(!replay.output.contains("no call stacks"))
    let explanation = try run(["explain", reproducer], in: folder)
    // What the sync has to cover, and what must not come before it.
    #expect(explanation.output.contains("replace_settings at program.c:"), "\(explanation.output)")
    #expect(explanation.output.contains("make at program.c:"))
    #expect(explanation.output.contains("save_settings at program.c:"))

    // A system that allows no tracing.
    let refusing = try CompiledProgram(Self.programThatMayNotTrace)
    let untraced = try run(["replay", reproducer], in: folder, through: [refusing.path])
    #expect(untraced.status == 1)
    #expect(untraced.output.contains("The failure is there: lost-commit"))
    let lines = untraced.output.split(separator: "\n").filter { $0.contains("no call stacks") }
    #expect(lines.count == 1)
    #expect(lines.first?.contains("it cannot be traced here (ptrace: Operation not permitted)") == true)
    #expect(!untraced.output.contains("replace_settings"))
  }

  @Test(.enabled(if: CompiledProgram.isPossible, "no C compiler here"))
  func theChecksFunctionsAreNamedWhereItIsCrashedInTurn() throws {
    let folder = try CommandFolder()
    // Recovery applies a log in place and removes it, with no sync between the two.
    let program = try CompiledProgram(
      """
      \(CompiledProgram.prelude)
      static char text[8];
      __attribute__((noinline)) static int read_text(const char *name) {
        int file = open(name, O_RDONLY);
        int count = file < 0 ? 0 : read(file, text, sizeof text);
        if (file >= 0) close(file);
        return count;
      }
      __attribute__((noinline)) static void apply_log(void) {
        int file = open("f", O_WRONLY);
        if (pwrite(file, text, sizeof text, 0) != sizeof text) _exit(1);
        close(file);
      }
      __attribute__((noinline)) static void remove_log(void) { unlink("log"); }
      int main(void) {
        if (chdir(getenv("STORE")) != 0) return 1;
        if (read_text("log") == sizeof text) {
          apply_log();
          remove_log();
        }
        if (read_text("f") != sizeof text) return 2;
        fwrite(text, 1, sizeof text, stdout);
        return 0;
      }
      """)
    let found = try run(
      [
        "run-program", "--setup", "echo value 0 >$STORE/f", "--workload",
        "echo value 1 >$STORE/new; sync $STORE/new; mv $STORE/new $STORE/log; sync $STORE; echo saved",
        "--check", program.path,
        "--no-shrink",
      ], in: folder)
    #expect(found.status == 1, "\(found.output)")
    let reproducer = try firstReproducer(in: folder)
    let replay = try run(["replay", reproducer], in: folder)
    #expect(replay.status == 1)
    #expect(replay.output.contains("apply_log at program.c:"), "\(replay.output)")
    #expect(!replay.output.contains("no call stacks"))
    let explanation = try run(["explain", reproducer], in: folder)
    #expect(
      explanation.output.contains(
        "In recovery, storage call 0 (write 0..<8 of f) may reach the disk later than storage call 1 (remove log); "
          + "a data sync of 'f' between them closes this."), "\(explanation.output)")
    #expect(explanation.output.contains("apply_log at program.c:"), "\(explanation.output)")
    #expect(explanation.output.contains("remove_log at program.c:"), "\(explanation.output)")
  }

  /// Executes its arguments where ptrace(2) fails with EPERM.
  private static let programThatMayNotTrace = """
    #include <errno.h>
    #include <linux/filter.h>
    #include <linux/seccomp.h>
    #include <stddef.h>
    #include <sys/prctl.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    int main(int count, char **arguments) {
      struct sock_filter steps[] = {
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      };
      struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
      if (count < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
          prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return 126;
      execv(arguments[1], arguments + 1);
      return 127;
    }
    """

  @Test func whatCannotBeJudgedEndsWithThree() throws {
    let folder = try CommandFolder()
    let run = try run(["run-program", "--workload", "exit 1", "--check", "true"], in: folder)
    #expect(run.status == 3)
    #expect(run.output.contains("the workload failed with status 1"))
    let wrong = try self.run(
      ["run-program", "--workload", "true", "--check", "true", "--promise", "no"], in: folder)
    #expect(wrong.status == 64)
  }
}
