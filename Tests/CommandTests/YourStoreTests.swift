import Foundation
import Testing

/// docs/your-store.md is the example's package, the example is as short as is said, and what it shows is what comes.
@Suite struct YourStoreTests {
  private static let example = "Examples/KeyValueStore"

  @Test(arguments: [
    "Package.swift", "Sources/kv-torture/KeyValueStore.swift", "Sources/kv-torture/Main.swift",
    "scenarios/kv.yaml",
  ])
  func theDocumentHasTheFile(_ name: String) throws {
    let text = try Document("\(Self.example)/\(name)").text
    let document = try Document("docs/your-store.md")
    let blocks = (document.blocks("swift") + document.blocks("yaml")).map {
      $0.joined(separator: "\n") + "\n"
    }
    #expect(blocks.contains(text), "\(name)")
  }

  @Test func theStoreHasFewerThanAHundredLines() throws {
    let text = try Document("\(Self.example)/Sources/kv-torture/KeyValueStore.swift").text
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 100)
  }

  @Test func itsBugIsFoundAndTheFixedStoreIsClean() async throws {
    let folder = try CommandFolder()
    try folder.makeFolder("scenarios")
    for name in ["kv", "kv-fixed"] {
      try folder.write(
        "scenarios/\(name).yaml", try Document("\(Self.example)/scenarios/\(name).yaml").text)
    }
    let document = try Document("docs/your-store.md")
    let shown = document.blocks("text")
    let commands = document.blocks("sh").joined().map { $0.split(separator: "#")[0] }
    try #require(commands.count == 3)
    let run = try await CommandRun.line("\(commands[0]) --shrink-limit 10m", in: folder.path)
    #expect(run.status == 1)
    #expect(Document.lineMissing(of: shown[0], in: run.output) == nil, "\(run.output)")
    let replay = try await CommandRun.line(
      String(commands[1]).replacing("/ID/", with: "/kv-1-*-1/"), in: folder.path)
    #expect(replay.status == 1)
    #expect(replay.output.contains("static KeyValueStore.create(on:) at "))
    let fixed = try await CommandRun.line("\(commands[2])", in: folder.path)
    #expect(fixed.status == 0)
    #expect(Document.lineMissing(of: shown[1], in: fixed.output) == nil, "\(fixed.output)")
  }

  @Test func ext4KeepsTheEntryOfASyncedFile() async throws {
    let folder = try CommandFolder()
    let text = try Document("\(Self.example)/scenarios/kv.yaml").text
    try folder.write("kv.yaml", text + "disk: {profile: ext4-ordered}\n")
    let run = try await CommandRun.line("kv-torture run kv.yaml --runs 1", in: folder.path)
    #expect(run.status == 0, "\(run.output)")
  }
}
