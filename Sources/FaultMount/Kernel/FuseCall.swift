internal import CFuse
internal import FaultFS
internal import SystemPackage

/// One call of the kernel: its arguments, and the way to answer it. Valid until it is answered.
@safe
struct FuseCall {
  let call: UnsafePointer<cfuse_call>

  init(_ call: UnsafePointer<cfuse_call>) {
    unsafe self.call = call
  }

  var kind: cfuse_kind { unsafe call.pointee.kind }

  // MARK: What it is about

  /// The inode, or the directory that `name` is in.
  var node: UInt64 { unsafe call.pointee.node }
  /// The directory that `newName` is in; the file that is copied to.
  var newNode: UInt64 { unsafe call.pointee.new_node }
  var handle: UInt64 { unsafe call.pointee.handle }
  var newHandle: UInt64 { unsafe call.pointee.new_handle }
  var name: FileName { unsafe FileName(bytes: Self.bytes(of: call.pointee.name)) }
  var newName: FileName { unsafe FileName(bytes: Self.bytes(of: call.pointee.new_name)) }
  var linkText: [UInt8] { unsafe Self.bytes(of: call.pointee.new_name) }
  var offset: Int { unsafe Int(call.pointee.offset) }
  var newOffset: Int { unsafe Int(call.pointee.new_offset) }
  /// A length, or a new size; more than a file can have is the most that it can.
  var size: Int { unsafe Int(clamping: call.pointee.size) }
  var mode: UInt32 { unsafe call.pointee.mode }
  var flags: UInt32 { unsafe call.pointee.flags }
  var user: UInt32 { unsafe call.pointee.user }
  var group: UInt32 { unsafe call.pointee.group }
  /// The thread that calls, by its number in the namespace of the process that mounted; 0 where the kernel does.
  var thread: Int32 { unsafe call.pointee.thread }
  var device: UInt64 { unsafe UInt64(call.pointee.device) }
  var accessTime: Timestamp { unsafe Timestamp(inNanoseconds: call.pointee.access_time) }
  var modificationTime: Timestamp { unsafe Timestamp(inNanoseconds: call.pointee.change_time) }

  func sets(_ what: cfuse_set) -> Bool { unsafe call.pointee.set & what.rawValue != 0 }

  /// What is to be written, or an extended attribute's value.
  func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: call.pointee.bytes, count: call.pointee.bytes == nil ? 0 : size)
    return try unsafe body(bytes.bytes)
  }

  private static func bytes(of text: UnsafePointer<CChar>?) -> [UInt8] {
    guard let text = unsafe text else { return [] }
    var bytes: [UInt8] = []
    var index = 0
    while unsafe text[index] != 0 {
      unsafe bytes.append(UInt8(bitPattern: text[index]))
      index += 1
    }
    return bytes
  }

  // MARK: The answer

  /// Sends the answer to the kernel, once.
  func reply(_ answer: VolumeAnswer) {
    switch answer {
    case .failed(let errno): unsafe cfuse_answer_error(call, errno.rawValue)
    case .done: unsafe cfuse_answer_error(call, 0)
    case .entry(var attributes): unsafe cfuse_answer_entry(call, &attributes)
    case .created(var attributes, let handle): unsafe cfuse_answer_created(call, &attributes, handle)
    case .attributes(var attributes): unsafe cfuse_answer_attributes(call, &attributes)
    case .opened(let handle): unsafe cfuse_answer_opened(call, handle)
    case .bytes(let bytes): reply(bytes: bytes)
    case .linkText(let text): reply(linkText: text)
    case .value(let value): reply(value: value)
    case .count(let count): unsafe cfuse_answer_count(call, count)
    case .statistics(var statistics): unsafe cfuse_answer_statistics(call, &statistics)
    case .entries(let entries, let offset): reply(entries: entries, from: offset)
    }
  }

  private func reply(bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe cfuse_answer_bytes(call, $0.baseAddress, $0.count) }
  }

  private func reply(linkText: [UInt8]) {
    let text = linkText + [0]
    unsafe text.withUnsafeBytes { text in
      unsafe cfuse_answer_link(call, text.bindMemory(to: CChar.self).baseAddress)
    }
  }

  /// A value whose length alone may be asked for, by a size of 0.
  private func reply(value: [UInt8]) {
    if size == 0 { return unsafe cfuse_answer_length(call, value.count) }
    if value.count > size { return reply(.failed(.outOfRange)) }
    reply(bytes: value)
  }

  /// As many of the entries, from number `offset` on, as the kernel has room for.
  private func reply(entries: [VolumeAnswer.ListedEntry], from offset: Int) {
    let capacity = size
    unsafe withUnsafeTemporaryAllocation(byteCount: max(1, capacity), alignment: 16) { buffer in
      var used = 0
      for place in min(max(0, offset), entries.count)..<entries.count {
        let entry = entries[place]
        let name = entry.name.bytes + [0]
        let length = unsafe name.withUnsafeBytes { name in
          unsafe cfuse_add_entry(
            call, buffer.baseAddress.map { unsafe $0 + used }, capacity - used,
            name.bindMemory(to: CChar.self).baseAddress, entry.number, entry.mode, Int64(place + 1))
        }
        if length == 0 { break }
        used += length
      }
      unsafe cfuse_answer_bytes(call, buffer.baseAddress, used)
    }
  }
}

extension Timestamp {
  init(inNanoseconds nanoseconds: Int64) {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.init(
      seconds: Int(rest < 0 ? seconds - 1 : seconds), nanoseconds: Int(rest < 0 ? rest + 1_000_000_000 : rest)
    )
  }

  var inNanoseconds: Int64 { Int64(seconds) &* 1_000_000_000 &+ Int64(nanoseconds) }
}
