import Glibc
import Synchronization
package import SystemPackage

/// Where the command writes: lines to standard output, the status to standard error.
package struct Console: Sendable {
  /// Writes text to standard output.
  package var write: @Sendable (String) -> Void
  /// Writes text to standard error.
  package var writeStatus: @Sendable (String) -> Void
  /// Whether the status goes to a terminal, where one line can be written again and again.
  package var isLive: Bool
  /// Whether standard output takes colours.
  package var hasColour: Bool
  /// How many characters fit in the status line, asked anew for each, as the terminal may change.
  package var statusWidth: @Sendable () -> Int

  /// A console with the given ends.
  package init(
    write: @escaping @Sendable (String) -> Void, writeStatus: @escaping @Sendable (String) -> Void,
    isLive: Bool = false, hasColour: Bool = false, statusWidth: @escaping @Sendable () -> Int = { 80 }
  ) {
    self.write = write
    self.writeStatus = writeStatus
    self.isLive = isLive
    self.hasColour = hasColour
    self.statusWidth = statusWidth
  }

  /// This process's own. A reader who has closed the other end is no error: the report goes on.
  ///
  /// - Parameter environment: for `NO_COLOR` (no-color.org: any value but an empty one turns colours off) and `TERM`.
  package static func standard(environment: [String: String]) -> Console {
    let isDumb = environment["TERM"] == "dumb"
    let wantsNoColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Console(
      write: { text in
        do {
          _ = try FileDescriptor.standardOutput.writeAll(text.utf8)
        } catch let error as Errno where error != .brokenPipe {
          lostOutput.withLock { $0 = $0 ?? error }
        } catch {}
      },
      writeStatus: { _ = try? FileDescriptor.standardError.writeAll($0.utf8) },
      isLive: isatty(FileDescriptor.standardError.rawValue) == 1 && !isDumb,
      hasColour: isatty(FileDescriptor.standardOutput.rawValue) == 1 && !isDumb && !wantsNoColour,
      statusWidth: terminalWidth)
  }

  /// Why something that was written to standard output did not get there; nil where all did, or nobody wants to read on.
  package static var outputError: Errno? { lostOutput.withLock(\.self) }
  private static let lostOutput = Mutex<Errno?>(nil)

  /// The width of the terminal that standard error goes to; 80 where it does not say.
  @Sendable private static func terminalWidth() -> Int {
    var size = winsize()
    let result = unsafe ioctl(FileDescriptor.standardError.rawValue, UInt(TIOCGWINSZ), &size)
    return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// A colour, by the number that a terminal knows it by (ECMA-48, select graphic rendition).
  package enum Colour: Int {
    case bold = 1
    case red = 31
    case green = 32
  }

  /// `text` in `colour` where colours are wanted.
  package func paint(_ text: String, _ colour: Colour) -> String {
    hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }
}
