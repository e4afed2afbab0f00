import Foundation

/// The processes of the machine.
enum Processes {
  /// The processes whose command line holds `text`, besides those that are dead and not yet waited for.
  static func all(with text: String) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { number in
      let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }

  /// Waits, for at most ten seconds, until `isTrue` holds.
  static func wait(until isTrue: () -> Bool) -> Bool {
    for _ in 0..<1000 {
      if isTrue() { return true }
      usleep(10_000)
    }
    return isTrue()
  }
}
