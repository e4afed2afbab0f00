/// What faults do to mapped memory.
///
/// - A *wild store* (Rio's own question) follows a store of the program: 8 bytes that nobody meant, at an aligned place of the
///   same file, as an ordinary store.
/// - A *lost flush* is one that the processor forgets: the lines may reach memory, and no fence makes sure of it.
/// - A *poisoned line* is a latent sector error, which begins where the memory is checked (`checkReadable`).
extension DiskCore {
  /// Lets a wild store follow the store of `length` bytes at `offset`, in a file of `fileLength` bytes.
  func strikeStore(_ file: Int32, name: Int32, at offset: Int, length: Int, fileLength: Int) {
    guard let strike = strikeMemory(.store, [images.names[name]], offset..<offset + length) else { return }
    let words = fileLength / 8
    var word = strike.below(words)
    if word == offset / 8 { word = (word + 1) % words }
    let value = UInt64(strike.below(1 << 62, 2))
    note(strike, "8 bytes at \(8 * word)")
    marking(.usual, .wildStore) {
      unsafe store(file, name: name, at: 8 * word, length: 8) { target in
        unsafe target.storeBytes(of: value.littleEndian, as: UInt64.self)
      }
    }
  }

  /// Flushes as memory on which faults may strike.
  func faultyFlush(_ file: Int32, name: Int32, at offset: Int, length: Int) {
    guard let strike = strikeMemory(.flush, [images.names[name]], offset..<offset + length) else {
      return flush(file, name: name, at: offset, length: length)
    }
    note(strike)
    marking(.nothing, .lostFlush) { flush(file, name: name, at: offset, length: length) }
  }
}
