package import ArgumentParser
import FaultFS
import FaultMount
import TextFiles
import TortureTool
import TortureViews

package struct MountCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "mount", abstract: "Mounts a file system that knows what a power cut would lose.",
    discussion: """
      For test suites in any language: use the directory, then cut the power with 'power-cut', see what is not durable \
      with 'unsynced', let calls fail with 'fault'. It ends with Ctrl-C, or with 'unmount'.
      """)

  @Argument(help: "An empty directory.", completion: .directory)
  var directory: String

  @Option(
    help: ArgumentHelp(
      "What a crash may do to the disk: \(MountCommand.profiles.keys.sorted().joined(separator: ", ")).",
      valueName: "name"))
  var profile = Profile.posix.name

  private static let profiles = Dictionary(uniqueKeysWithValues: Profile.named.map { ($0.name, $0) })

  package init() {}

  package func validate() throws {
    guard Self.profiles[profile] != nil else {
      throw ValidationError(
        "--profile \(profile): expected one of \(Self.profiles.keys.sorted().joined(separator: ", ")).")
    }
  }

  package func run() throws {
    guard let profile = Self.profiles[profile] else { return }
    do {
      let mount = try VisibleMount(at: directory, profile: profile)
      Console.standard.write("mounted at \(SafeName.printable(mount.directory)), profile \(profile.name)\n")
      try mount.serve()
    } catch {
      try MountText.fail(error)
    }
  }
}
