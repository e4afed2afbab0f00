internal import CFuse
internal import SystemPackage

/// The kernel's end of a mount: hands the kernel's calls to a server, one after the other.
///
/// Threading: one thread at a time.
@safe
struct FuseSession: ~Copyable {
  private let door: OpaquePointer
  private let context: Context

  /// What the door's callback is given.
  private final class Context {
    let serve: (FuseCall) -> Void

    init(_ serve: @escaping (FuseCall) -> Void) {
      self.serve = serve
    }
  }

  private static let handler: cfuse_handler = { context, call in
    guard let context = unsafe context, let call = unsafe call else { return }
    unsafe Unmanaged<Context>.fromOpaque(context).takeUnretainedValue().serve(FuseCall(call))
  }

  /// A session over /dev/fuse, mounted, which it takes over.
  ///
  /// - Parameter serve: must answer each call once.
  init(descriptor: Int32, serve: @escaping (FuseCall) -> Void) throws(Errno) {
    context = Context(serve)
    var door: OpaquePointer?
    let status = unsafe cfuse_open_descriptor(
      descriptor, Self.handler, Unmanaged.passUnretained(context).toOpaque(), &door)
    guard status == 0, let door = unsafe door else { throw Errno(rawValue: -status) }
    unsafe self.door = door
  }

  /// Why a directory could not be mounted at: what libfuse says, and the number.
  struct MountFailure: Error {
    var errno: Errno
    var message: String
  }

  /// Mounts at `directory`, for the whole system to see.
  ///
  /// - Parameters:
  ///   - source: what the table of mounts shows for the device.
  ///   - isForAllUsers: whether others than this process's user may use it; fusermount3 may not allow that.
  ///   - serve: must answer each call once.
  init(
    mountingAt directory: String, source: String, isForAllUsers: Bool, serve: @escaping (FuseCall) -> Void
  ) throws(MountFailure) {
    context = Context(serve)
    let context = context
    var door: OpaquePointer?
    var message = [CChar](repeating: 0, count: 1024)
    let status = unsafe message.withUnsafeMutableBufferPointer { message in
      unsafe cfuse_mount(
        directory, source, isForAllUsers ? 1 : 0, Self.handler, Unmanaged.passUnretained(context).toOpaque(),
        &door, message.baseAddress, message.count)
    }
    guard status == 0, let door = unsafe door else {
      let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw MountFailure(errno: Errno(rawValue: -status), message: text)
    }
    unsafe self.door = door
  }

  deinit {
    unsafe cfuse_close(door)
  }

  /// What can be read while a call is waiting.
  var descriptor: Int32 { unsafe cfuse_descriptor(door) }

  /// Takes a call of the kernel, if one is waiting, and has it served.
  ///
  /// - Parameter received: called in between: everything that the caller of the file system did before the call has
  ///   been done.
  /// - Returns: whether the mount is still there.
  func serveOne(received: () -> Void) -> Bool {
    let status = unsafe cfuse_receive(door)
    if status > 0 {
      received()
      unsafe cfuse_process(door)
    }
    return status >= 0
  }
}
