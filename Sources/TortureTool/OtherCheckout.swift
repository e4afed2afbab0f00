import Subprocess
import SystemPackage

/// The program as another checkout of its sources builds it.
struct OtherCheckout {
  /// Exit code for a state of the sources that cannot be judged: `git bisect run` skips it.
  static let untestable: Int32 = 125

  let folder: FilePath
  /// The product to build, which is the program's own name.
  let product: String

  /// Built with optimization, and with what call stacks need.
  private static let buildArguments = [
    "build", "--configuration", "release", "-Xswiftc", "-Xfrontend", "-Xswiftc",
    "-disable-llvm-merge-functions-pass",
  ]

  /// Builds it; what the build says goes to standard error. False where it cannot be built.
  func build() async throws -> Bool {
    let result = try await Subprocess.run(
      .name("swift"), arguments: Arguments(Self.buildArguments + ["--product", product]),
      workingDirectory: folder, output: .fileDescriptor(.standardError, closeAfterSpawningProcess: false),
      error: .currentStandardError)
    return result.terminationStatus == .exited(0)
  }

  /// Replays the reproducer at `path`, which is absolute, with what was built. Both outputs are this process's own.
  func replay(_ path: FilePath) async throws -> TerminationStatus {
    let program = folder.appending(".build/release").appending(product)
    return try await Subprocess.run(
      .path(program), arguments: ["replay", path.string], output: .currentStandardOutput,
      error: .currentStandardError
    ).terminationStatus
  }
}
