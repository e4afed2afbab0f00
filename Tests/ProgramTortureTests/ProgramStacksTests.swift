import FaultMount
import Foundation
import ProgramTorture
import Testing
import TortureCore

/// Where a program made its calls, as it is seen from outside of it.
extension ProgramsInThisProcess {
  @Suite(.enabled(if: CompiledProgram.isPossible, "no C compiler here"))
  struct ProgramStacksTests {
    private func report(_ program: CompiledProgram, _ arguments: String = "") throws -> UnsyncedReport {
      try UnsyncedReport(
        of: Samples.scenario(workload: "\(program.path) \(arguments)", check: "ls $STORE"))
    }

    /// The functions of the calls on the files of a name, without those that the compiler may have left out.
    private func functions(_ report: UnsyncedReport, _ path: String) -> [String] {
      let parts = report.moments.last?.parts.filter { $0.path == path } ?? []
      return parts.flatMap(\.calls).flatMap { report.stacks[$0.index] ?? [] }.map(\.function)
    }

    @Test func theFunctionAndItsLineAreNamed() throws {
      let program = try CompiledProgram(
        """
        \(CompiledProgram.prelude)
        __attribute__((noinline)) static int save_record(int file) {
          return write(file, "record", 6) == 6 ? 0 : 1;  // line: save
        }
        int main(void) {
          int failed = save_record(make("f"));
          puts("saved");
          return failed;
        }
        """)
      let report = try report(program)
      #expect(report.missingStacks == nil)
      let part = try #require(report.moments.last?.parts.first { $0.kind == .bytes })
      let stack = try #require(part.calls.first.flatMap { report.stacks[$0.index] })
      #expect(stack.map(\.function) == ["save_record", "main"])
      #expect(stack.first?.file == "program.c")
      #expect(stack.first?.line == program.line("save"))
      #expect(stack.allSatisfy { $0.layer == .store })
      #expect(functions(report, "f").contains("make"))
    }

    @Test func threadsAndChildrenAreFollowed() throws {
      let program = try CompiledProgram(
        """
        \(CompiledProgram.prelude)
        #include <pthread.h>
        #include <sys/wait.h>
        __attribute__((noinline)) static void put(int file) { if (write(file, "x", 1) != 1) _exit(1); }
        __attribute__((noinline)) static void *first_writer(void *file) { put(*(int *)file); return file; }
        __attribute__((noinline)) static void *second_writer(void *file) { put(*(int *)file); return file + 1; }
        __attribute__((noinline)) static int child_writer(int file) { put(file); return 0; }
        static void run(void *(*body)(void *), const char *name) {
          int file = make(name);
          pthread_t thread;
          if (pthread_create(&thread, NULL, body, &file) != 0 || pthread_join(thread, NULL) != 0) _exit(1);
        }
        int main(int count, char **arguments) {
          if (count > 1) return child_writer(make(arguments[1]));
          run(first_writer, "one");
          run(second_writer, "two");
          pid_t child = fork();
          if (child == 0) _exit(child_writer(make("forked")));
          int status;
          if (waitpid(child, &status, 0) != child || status != 0) return 1;
          if (fork() == 0) execl(arguments[0], arguments[0], "executed", NULL);
          if (wait(&status) < 0 || status != 0) return 1;
          puts("saved");
          return 0;
        }
        """)
      let report = try report(program)
      #expect(report.missingStacks == nil)
      for (path, function, other) in [
        ("one", "first_writer", "second_writer"), ("two", "second_writer", "first_writer"),
        ("forked", "child_writer", "first_writer"), ("executed", "child_writer", "first_writer"),
      ] {
        let functions = functions(report, path)
        #expect(functions.contains(function) && functions.contains("put"), "\(path): \(functions)")
        #expect(!functions.contains(other), "\(path): \(functions)")
      }
    }

    @Test func whatTheKernelWritesBackHasNoStack() throws {
      let program = try CompiledProgram(
        """
        \(CompiledProgram.prelude)
        #include <sys/mman.h>
        int main(void) {
          int file = make("f");
          if (ftruncate(file, 4096) != 0) return 1;
          char *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
          if (bytes == MAP_FAILED) return 1;
          strcpy(bytes, "stored");
          if (munmap(bytes, 4096) != 0 || close(file) != 0) return 1;
          puts("saved");
          return 0;
        }
        """)
      let report = try report(program)
      let parts = try #require(report.moments.last?.parts)
      let written = parts.flatMap(\.calls).filter { $0.kind == "write" }
      #expect(written.allSatisfy { report.stacks[$0.index] == nil })
      let truncated = parts.flatMap(\.calls).first { $0.kind == "truncate" }
      #expect(truncated.flatMap { report.stacks[$0.index] }?.first?.function == "main")
    }

    @Test func aRunThatDiffersIsSaid() throws {
      let counter = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
      defer { try? FileManager.default.removeItem(atPath: counter) }
      // The second run, which is traced, writes to another file.
      let workload =
        "echo a >$STORE/f; if [ -e \(counter) ]; then echo b >$STORE/h; else echo b >$STORE/g; fi; "
        + "echo >\(counter); echo done"
      let report = try UnsyncedReport(
        of: Samples.scenario(setup: "echo >$STORE/h", workload: workload, check: "ls $STORE"))
      #expect(report.missingStacks == .differs(number: 2))
      #expect(report.stacks.keys.allSatisfy { $0 < 2 })
      #expect(!report.stacks.isEmpty)
    }

    @Test func aTracedRunThatHangsIsEnded() throws {
      let counter = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
      defer { try? FileManager.default.removeItem(atPath: counter) }
      // The second run, which is traced, waits, and so does a child of it.
      let workload =
        "echo a >$STORE/f; if [ -e \(counter) ]; then sleep 1000 & sleep 1000; fi; echo >\(counter); echo done"
      let report = try UnsyncedReport(
        of: Samples.scenario(workload: workload, check: "ls $STORE", program: "  time_limit: 200"))
      #expect(
        report.missingStacks
          == .failed(reason: "the workload took longer than time_limit allows and was killed"))
      #expect(report.stacks.isEmpty)
    }

    @Test func namesDrawnAtRandomAreNoDifference() throws {
      let report = try UnsyncedReport(
        of: Samples.scenario(
          workload: "n=$(mktemp $STORE/new-XXXXXXXX); echo a >$n; mv $n $STORE/f; echo done",
          check: "ls $STORE"))
      #expect(report.missingStacks == nil)
      #expect(!report.stacks.isEmpty)
    }

    @Test(.enabled(if: python != nil, "no Python of a known version here"))
    func functionsInPythonAreNamed() throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "python-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let script = folder.appendingPathComponent("store.py").path
      try """
      import os, threading

      class Store:
          def save(self, name, text):
              with open(os.environ["STORE"] + "/" + name, "w") as file:
                  file.write(
                      text
                  )
                  file.flush()

      def work():
          Store().save("threaded", "x")

      Store().save("f", "\u{e9}")
      thread = threading.Thread(target=work)
      thread.start()
      thread.join()
      if os.fork() == 0:
          Store().save("forked", "y")
          os._exit(0)
      os.wait()
      print("saved")
      """.write(toFile: script, atomically: true, encoding: .utf8)
      let report = try UnsyncedReport(
        of: Samples.scenario(workload: "\(Self.python ?? "") \(script)", check: "ls $STORE"))
      #expect(report.missingStacks == nil)
      for (path, outer) in [
        ("f", ["<module>:14"]), ("threaded", ["work:12", "Thread.run"]), ("forked", ["<module>:19"]),
      ] {
        let parts = report.moments.last?.parts.filter { $0.path == path && $0.kind == .bytes } ?? []
        let stack = try #require(parts.first?.calls.first.flatMap { report.stacks[$0.index] }, "\(path)")
        let names = stack.map { frame in "\(frame.function)\(frame.line.map { ":\($0)" } ?? "")" }
        #expect(names.first == "Store.save:9", "\(path): \(names)")
        #expect(names.dropFirst().first == outer[0], "\(path): \(names)")
        #expect(outer.dropFirst().allSatisfy { name in names.contains { $0.hasPrefix(name) } }, "\(names)")
        #expect(stack.first?.file == "store.py")
        #expect(!names.contains { $0.hasPrefix("_Py") || $0.hasPrefix("Py") }, "\(names)")
      }
    }

    /// An interpreter whose structures are known.
    private static let python: String? = {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
      process.arguments = [
        "-c", "import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 1)",
      ]
      guard (try? process.run()) != nil else { return nil }
      process.waitUntilExit()
      return process.terminationStatus == 0 ? "/usr/bin/python3" : nil
    }()

    @Test func signalsArriveAndWhatIsStoppedStaysSo() throws {
      let program = try CompiledProgram(
        """
        \(CompiledProgram.prelude)
        #include <signal.h>
        static volatile sig_atomic_t arrived;
        static void arrive(int signal) { arrived += signal == SIGUSR1 ? 1 : 100; }
        int main(void) {
          signal(SIGUSR1, arrive);
          for (int turn = 0; turn < 3; turn += 1) raise(SIGUSR1);
          int file = make("f");
          if (dprintf(file, "%d", (int)arrived) < 0) return 1;
          // A process that is stopped stays so until it is continued.
          pid_t child = fork();
          if (child == 0) { raise(SIGSTOP); make("g"); _exit(0); }
          int status;
          if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) return 1;
          kill(child, SIGCONT);
          if (waitpid(child, &status, 0) != child || status != 0) return 1;
          puts("saved");
          return arrived == 3 ? 0 : 1;
        }
        """)
      let report = try report(program)
      #expect(report.missingStacks == nil)
      #expect(functions(report, "g").contains("make"))
      #expect(report.moments.map(\.line) == ["saved"])
    }
  }
}

/// A program in C that a test compiles, in a folder of its own.
final class CompiledProgram {
  private let folder: URL
  private let text: String

  static let prelude = """
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/types.h>
    #include <sys/wait.h>
    #include <unistd.h>
    __attribute__((noinline)) static int make(const char *name) {
      char path[4096];
      snprintf(path, sizeof path, "%s/%s", getenv("STORE"), name);
      int file = open(path, O_CREAT | O_RDWR | O_TRUNC, 0666);
      if (file < 0) _exit(1);
      return file;
    }
    """

  private static let compiler: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return ["clang", "cc", "gcc"].lazy.flatMap { name in folders.map { "\($0)/\(name)" } }
      .first(where: FileManager.default.isExecutableFile)
  }()

  static var isPossible: Bool { compiler != nil }

  init(_ text: String) throws {
    self.text = text
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "compiled-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try text.write(
      to: folder.appendingPathComponent("program.c"), atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.compiler))
    process.arguments = [
      "-g", "-O1", "-fno-optimize-sibling-calls", "-pthread", "-o", path, "\(folder.path)/program.c",
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var path: String { folder.appendingPathComponent("program").path }

  /// The number of the line that ends in the comment `line: MARK`.
  func line(_ mark: String) -> Int? {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.hasSuffix("// line: \(mark)") }.map { $0 + 1 }
  }
}
