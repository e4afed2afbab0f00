internal import CPosix
internal import SystemPackage

/// A private mapping of a real file.
@safe final class PosixPrivateMapping: PrivateMapping, @unchecked Sendable {
  private let memory: UnsafeMutableRawPointer
  private let length: Int

  /// - Parameters:
  ///   - offset: in the file, a multiple of the system's page length.
  ///   - length: in bytes, not 0.
  init(_ descriptor: Descriptor, offset: Int, length: Int) throws(Errno) {
    var mapped: UnsafeMutableRawPointer?
    _ = try descriptor.call { _, number in
      unsafe Int(cposix_map_privately(number, Int64(offset), length, &mapped))
    }
    guard let memory = unsafe mapped else { throw .invalidArgument }
    unsafe self.memory = memory
    self.length = length
  }

  deinit { unsafe cposix_unmap(memory, length) }

  var bytes: UnsafeMutableRawBufferPointer {
    @unsafe get { unsafe UnsafeMutableRawBufferPointer(start: memory, count: length) }
  }
}
