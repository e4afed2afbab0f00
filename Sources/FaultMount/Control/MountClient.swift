internal import Foundation

/// Another process's mount, to be asked and commanded.
public struct MountClient: Sendable {
  /// The mount's directory, by its absolute path without links.
  public let directory: String
  private let socket: String

  /// The mount at `directory`, a path.
  public init(directory: String) throws(MountError) {
    self.directory = Self.absolute(directory)
    guard let mount = MountDirectory(at: self.directory), mount.type == MountDirectory.type else {
      throw MountError(.notOurs, self.directory)
    }
    socket = mount.source
  }

  /// A path from the root, without links. Looks at each directory on the way but not at the last, which may be a mount that
  /// nobody serves.
  static func absolute(_ path: String) -> String {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    if url.path == "/" { return "/" }
    return url.deletingLastPathComponent().resolvingSymlinksInPath()
      .appendingPathComponent(url.lastPathComponent).path
  }

  /// Asks, and returns once it is done.
  public func ask(_ request: MountRequest) throws(MountError) -> MountAnswer {
    let bytes: [UInt8]
    do {
      let connection = try ControlSocket.connected(to: socket)
      try connection.send(Self.encoded(request))
      bytes = try connection.receive()
    } catch {
      throw MountError(.noAnswer(error), directory)
    }
    guard let answer = try? JSONDecoder().decode(MountAnswer.self, from: Data(bytes)) else {
      throw MountError(.strangeAnswer, directory)
    }
    return answer
  }

  static func encoded(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      return [UInt8](try encoder.encode(value))
    } catch {
      fatalError("\(value) cannot be written as JSON: \(error)")
    }
  }
}
