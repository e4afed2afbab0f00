import FoundationEssentials
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureSamples

@testable import TortureCampaign

@Suite struct ScenarioListTests {
  private let folder: TestFolder

  init() throws {
    Samples.registerSystems()
    folder = try TestFolder()
  }

  private func write(_ name: String, _ text: String? = nil) throws {
    let path = folder.path.appending(name)
    try FileTree.makeFolder(path.removingLastComponent())
    let scenario = FilePath(name).lastComponent?.stem ?? "none"
    let valid = """
      name: \(scenario)
      segments: [{ name: accounts, length: 8192 }]
      workload: { kind: bank, transactions: 10, objects: 8 }
      """
    try TextFile.create(path, text ?? valid)
  }

  private func complaint(_ paths: [String]) -> String {
    do {
      let scenarios = try ScenarioList.read(paths)
      return "read \(scenarios.map(\.name))"
    } catch {
      return "\(error)"
    }
  }

  @Test func aFolderMeansItsOwnFilesSorted() throws {
    try write("b.yaml")
    try write("a.yml")
    try write("notes.txt", "not a scenario")
    try write("canary/c.yaml")
    try FileTree.makeFolder(folder.path.appending("folder.yaml"))
    #expect(try ScenarioList.read([folder.path.string]).map(\.name) == ["a", "b"])
    let explicit = [folder.appending("canary/c.yaml"), folder.path.string]
    #expect(try ScenarioList.read(explicit).map(\.name) == ["c", "a", "b"])
  }

  @Test func whatLeadsToNoScenarioIsSaid() throws {
    let missing = folder.appending("missing")
    #expect(complaint([missing]) == "there is no scenario '\(missing)': the path does not exist")
    #expect(complaint([folder.path.string]) == "the folder '\(folder.path)' holds no scenario (*.yaml)")
    try write("file.yaml")
    #expect(complaint([folder.appending("file.yaml/below")]).contains("does not exist"))
  }

  @Test func aFileThatComesTwiceIsSaid() throws {
    try write("a.yaml")
    let file = folder.appending("a.yaml")
    #expect(complaint([file, file]) == "'\(file)' is listed twice")
    #expect(complaint([folder.path.string, file]) == "'\(file)' is listed twice")
    let link = folder.appending("link.yaml")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    #expect(complaint([file, link]) == "'\(file)' and '\(link)' are the same file")
  }

  @Test func twoScenariosOfOneNameAreSaid() throws {
    try write("one/same.yaml")
    try write("two/same.yaml")
    let text = complaint([folder.appending("one"), folder.appending("two")])
    #expect(text.contains("both have the name 'same'"))
  }

  @Test func allInvalidFilesAreNamed() throws {
    try write("a.yaml", "name: a\nbananas: 3\n")
    try write("b.yaml")
    try write("c.yaml", "name: [")
    let text = complaint([folder.path.string])
    #expect(text.contains("a.yaml"))
    #expect(text.contains("c.yaml"))
    #expect(!text.contains("b.yaml"))
  }
}
