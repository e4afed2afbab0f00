package import SystemPackage
import TextFiles
import TortureCampaign

/// A folder for one test, removed when the test lets it go.
package final class TestFolder {
  package let path: FilePath

  package init() throws {
    path = try WorkerFolder().path
  }

  deinit { try? FileTree.remove(path) }

  package func appending(_ name: String) -> String { path.appending(name).string }

  package func read(_ name: String) throws -> String { try TextFile.read(path.appending(name)) }
}
