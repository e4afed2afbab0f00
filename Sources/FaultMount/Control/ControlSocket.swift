internal import CControl
internal import SystemPackage

/// An open descriptor of the door, closed when it goes.
struct ControlSocket: ~Copyable {
  let descriptor: Int32

  private init(_ result: Int32) throws(Errno) {
    if result < 0 { throw Errno(rawValue: -result) }
    descriptor = result
  }

  deinit {
    ccontrol_close(descriptor)
  }

  /// A socket at `path`, which only this user may connect to.
  static func listening(at path: String) throws(Errno) -> ControlSocket {
    try unsafe ControlSocket(ccontrol_listen(path))
  }

  static func connected(to path: String) throws(Errno) -> ControlSocket {
    try unsafe ControlSocket(ccontrol_connect(path))
  }

  /// Becomes readable once the process is asked to end by a signal, which does nothing else from here on.
  static func signals() throws(Errno) -> ControlSocket {
    try ControlSocket(ccontrol_signals())
  }

  /// The next connection. Whoever connected has five seconds to say what they want.
  func accepted() throws(Errno) -> ControlSocket {
    try ControlSocket(ccontrol_accept(descriptor, 5))
  }

  func send(_ bytes: [UInt8]) throws(Errno) {
    let status = unsafe bytes.withUnsafeBytes { bytes in
      unsafe ccontrol_send(descriptor, bytes.baseAddress, bytes.count)
    }
    if status != 0 { throw Errno(rawValue: -status) }
    _ = ccontrol_end(descriptor)
  }

  /// All bytes until the other side has said everything.
  func receive() throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let count = unsafe withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
        let count = unsafe ccontrol_receive(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { unsafe bytes.append(contentsOf: buffer[..<Int(count)]) }
        return count
      }
      if count < 0 { throw Errno(rawValue: -count) }
      if count == 0 { return bytes }
    }
  }

  /// Waits until one of the descriptors can be read: whether each can.
  static func wait(for descriptors: [Int32]) -> [Bool] {
    let ready = unsafe descriptors.withUnsafeBufferPointer { descriptors in
      unsafe ccontrol_wait(descriptors.baseAddress, Int32(descriptors.count))
    }
    return descriptors.indices.map { ready > 0 && ready & (1 << Int32($0)) != 0 }
  }
}
