import Synchronization
import SystemPackage

@testable import Storage

extension SystemCalls {
  /// Calls that do all that POSIX allows and a healthy disk never shows: every third is interrupted before it begins,
  /// and most of the reads and writes move only a part of what was asked.
  static func unreliable() -> SystemCalls {
    let real = SystemCalls()
    let count = Counter()
    @Sendable func interrupted() -> Bool { count.next().isMultiple(of: 3) }
    @Sendable func part(_ whole: Int) -> Int {
      let number = count.next()
      return number.isMultiple(of: 4) ? whole : min(whole, 1 + number % 700)
    }
    let eintr = -Int(Errno.interrupted.rawValue)

    var calls = real
    calls.open = { interrupted() ? eintr : real.open($0, $1, $2) }
    calls.read = { descriptor, buffer, offset in
      if interrupted() { return eintr }
      var first = buffer._mutatingExtracting(0..<part(buffer.byteCount))
      return real.read(descriptor, &first, offset)
    }
    calls.write = { descriptor, bytes, offset in
      interrupted() ? eintr : real.write(descriptor, bytes.extracting(0..<part(bytes.byteCount)), offset)
    }
    unsafe calls.writeGathering = { descriptor, parts, offset in
      if interrupted() { return eintr }
      var first = unsafe Array(parts.prefix(1 + count.next() % 3))
      let last = unsafe first[first.count - 1]
      unsafe first[first.count - 1] = unsafe UnsafeRawBufferPointer(rebasing: last.prefix(part(last.count)))
      return unsafe real.writeGathering(descriptor, first, offset)
    }
    calls.size = { interrupted() ? eintr : real.size($0) }
    calls.truncate = { interrupted() ? eintr : real.truncate($0, $1) }
    calls.allocate = { interrupted() ? eintr : real.allocate($0, $1) }
    calls.startWriting = { interrupted() ? eintr : real.startWriting($0, $1, $2) }
    calls.sync = { interrupted() ? eintr : real.sync($0, $1) }
    calls.lock = { interrupted() ? eintr : real.lock($0) }
    calls.rename = { interrupted() ? eintr : real.rename($0, $1, $2) }
    calls.remove = { interrupted() ? eintr : real.remove($0, $1) }
    return calls
  }
}

/// Counts from 1.
final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Int {
    count.add(1, ordering: .relaxed).newValue
  }

  var value: Int { count.load(ordering: .relaxed) }
}
