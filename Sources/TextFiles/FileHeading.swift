/// What a file of ours says of itself, in every version of its layout. It is read before the rest, whose keys only a
/// program of the same version knows.
package struct FileHeading: Decodable {
  private var format: String
  private var formatVersion: Int
  private var version: String

  enum CodingKeys: String, CodingKey {
    case format, version
    case formatVersion = "format_version"
  }

  /// Checks that `text` is of the format `format` in the layout `formatVersion`, written by this `version` of the program.
  ///
  /// - Throws: what it is instead.
  package static func check(
    _ text: String, format: String, formatVersion: Int, version: String
  ) throws(JSONTextError) {
    let heading = try JSONText.decode(FileHeading.self, from: text)
    guard heading.format == format else {
      throw JSONTextError(reason: "its format is '\(heading.format)', not '\(format)'")
    }
    guard heading.formatVersion == formatVersion, heading.version == version else {
      throw JSONTextError(
        reason:
          "it is of version \(heading.version) (layout \(heading.formatVersion)), and this program is of version "
          + "\(version) (layout \(formatVersion)); use the program that wrote it")
    }
  }
}
