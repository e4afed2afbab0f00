internal import Synchronization

/// The chunks of the undo area that belong to no slot, as a list: who takes and gives them back allocates nothing.
@safe final class ChunkPool: @unchecked Sendable {
  private let first: Mutex<Int32>
  /// For each chunk, the next one of the list that it is in; -1 for none.
  private let following: UnsafeMutablePointer<Int32>

  /// - Parameter count: how many chunks the undo area has, those of the slots included.
  init(count: Int) {
    unsafe following = .allocate(capacity: count)
    for chunk in 0..<count { unsafe following[chunk] = chunk + 1 < count ? Int32(chunk + 1) : -1 }
    first = Mutex(count > LogLayout.slotCount ? Int32(LogLayout.slotCount) : -1)
  }

  deinit { unsafe following.deallocate() }

  /// A chunk, put before `list`; nil where none is left.
  func take(before list: Int32) -> Int32? {
    first.withLock { first in
      if first < 0 { return nil }
      let chunk = first
      first = unsafe following[Int(chunk)]
      unsafe following[Int(chunk)] = list
      return chunk
    }
  }

  /// Gives back all chunks of a list.
  func giveBack(_ list: Int32) {
    var last = list
    while unsafe following[Int(last)] >= 0 { last = unsafe following[Int(last)] }
    first.withLock { first in
      unsafe following[Int(last)] = first
      first = list
    }
  }
}
