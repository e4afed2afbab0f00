/// The names of files and directories, each known by a small number from its first use on.
///
/// Names are never forgotten: a name that only a discarded crash state used keeps its number. So numbers may
/// depend on what was explored before, and nothing that leaves this library shows them.
struct NameTable {
  private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]
  private var directoryOfName: [Int32] = []
  private(set) var directories: [String] = []
  private var directoryNumbers: [String: Int32] = [:]

  /// The number of `name`, or nil where it was never used.
  func find(_ name: String) -> Int32? {
    numbers[name]
  }

  /// The number of `name`; a new one where it was never used.
  mutating func intern(_ name: String, inDirectory directory: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = Int32(names.count)
    directoryOfName.append(internDirectory(directory))
    names.append(name)
    numbers[name] = number
    return number
  }

  /// The number of the directory `name`; a new one where it was never used.
  mutating func internDirectory(_ name: String) -> Int32 {
    if let number = directoryNumbers[name] { return number }
    let number = Int32(directories.count)
    directories.append(name)
    directoryNumbers[name] = number
    return number
  }

  /// The number of the directory that holds the entry of the name `number`.
  func directory(of number: Int32) -> Int32 {
    directoryOfName[Int(number)]
  }

  subscript(number: Int32) -> String { names[Int(number)] }
}
