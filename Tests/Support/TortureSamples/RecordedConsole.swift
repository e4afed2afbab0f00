import Synchronization
package import TortureViews

/// What a console was told.
package final class RecordedConsole: Sendable {
  private let texts = Mutex((output: "", status: ""))

  package init() {}

  package var console: Console {
    Console(
      write: { text in self.texts.withLock { $0.output += text } },
      writeStatus: { text in self.texts.withLock { $0.status += text } })
  }

  package var output: String { texts.withLock { $0.output } }
  package var status: String { texts.withLock { $0.status } }
  package var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
