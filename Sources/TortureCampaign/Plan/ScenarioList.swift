package import SystemPackage
import TextFiles
package import TortureCore

/// The scenarios that paths on the command line mean.
package enum ScenarioList {
  /// Reads the scenarios at `paths`. A folder means the files directly in it whose names end in `.yaml` or `.yml`,
  /// sorted; a file means itself, whatever its name.
  ///
  /// - Throws: where a path does not exist or leads to no scenario, a file comes twice, two scenarios have the same
  ///   name, or a file is not a valid scenario. All invalid files are named, not only the first.
  package static func read(_ paths: [String]) throws(ScenarioListError) -> [Scenario] {
    let files = try files(paths)
    var scenarios: [Scenario] = []
    var complaints: [String] = []
    for file in files {
      do {
        scenarios.append(try ScenarioReader.load(file.string))
      } catch {
        complaints.append("\(error)")
      }
    }
    guard complaints.isEmpty else { throw ScenarioListError(complaints.joined(separator: "\n")) }
    var fileOfName: [String: FilePath] = [:]
    for (scenario, file) in zip(scenarios, files) {
      if let other = fileOfName.updateValue(file, forKey: scenario.name) {
        throw ScenarioListError(
          "'\(other)' and '\(file)' both have the name '\(scenario.name)'; reports distinguish scenarios by name, "
            + "so rename one of them")
      }
    }
    return scenarios
  }

  /// The files that `paths` mean, in order.
  package static func files(_ paths: [String]) throws(ScenarioListError) -> [FilePath] {
    var files: [FilePath] = []
    var seen: [String: FilePath] = [:]
    do {
      for path in paths.map({ FilePath($0) }) {
        for file in try expand(path) {
          if let other = seen.updateValue(file, forKey: try FileTree.identity(of: file)) {
            throw ScenarioListError(
              other == file ? "'\(file)' is listed twice" : "'\(other)' and '\(file)' are the same file")
          }
          files.append(file)
        }
      }
    } catch let error as ScenarioListError {
      throw error
    } catch {
      throw ScenarioListError("\(error)")
    }
    return files
  }

  private static func expand(_ path: FilePath) throws -> [FilePath] {
    switch try FileTree.type(of: path) {
    case nil:
      throw ScenarioListError("there is no scenario '\(path)': the path does not exist")
    case .directory?:
      let names = try FileTree.list(path).filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
      let files = try names.map { path.appending($0) }.filter { try FileTree.type(of: $0) != .directory }
      guard !files.isEmpty else { throw ScenarioListError("the folder '\(path)' holds no scenario (*.yaml)") }
      return files
    default:
      return [path]
    }
  }
}

/// Paths that do not lead to scenarios: wrong use, exit code 64.
package struct ScenarioListError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
