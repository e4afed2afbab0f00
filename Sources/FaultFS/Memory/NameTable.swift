/// The names of files and directories, each known by a small number from its first use on.
///
/// There are two ways to name a directory's entry. A disk that is used by paths has the path; its directories are parts of
/// names. In a tree (`FaultVolume`) an entry is a name in a directory, which is a file of its own. Either way
/// an entry has one number, and belongs to one directory, which has a number as well.
///
/// Names are never forgotten: a name that only a discarded crash state used keeps its number. So numbers may
/// depend on what was explored before, and nothing that leaves this library shows them.
struct NameTable {
  /// An entry of a tree: a name in the directory that is file number `directory`.
  struct Place: Hashable, Comparable {
    var directory: Int32
    var name: FileName

    static func < (left: Place, right: Place) -> Bool {
      left.directory == right.directory ? left.name < right.name : left.directory < right.directory
    }
  }

  private(set) var names: [String] = []
  private var numbers: [String: Int32] = [:]
  private var directoryOfName: [Int32] = []
  private(set) var directoryCount = 0
  private var directoryNumbers: [String: Int32] = [:]

  /// Of the entries of trees, by number; nil for paths.
  private var places: [Place?] = []
  private var placeNumbers: [Place: Int32] = [:]
  /// For each file of a tree, the number that it has as a directory, or -1.
  private var directoryOfFile: [Int32] = []
  /// For each file of a tree, the entries that were ever named in it, in ascending order of their names.
  private var entriesOfFile: [[Int32]] = []

  // MARK: Paths

  /// The number of the path `name`, or nil where it was never used.
  func find(_ name: String) -> Int32? {
    numbers[name]
  }

  /// The number of the path `name`; a new one where it was never used.
  mutating func intern(_ name: String, inDirectory directory: String) -> Int32 {
    if let number = numbers[name] { return number }
    let number = add(name, directory: internDirectory(directory), place: nil)
    numbers[name] = number
    return number
  }

  /// The number of the directory `name`; a new one where it was never used.
  mutating func internDirectory(_ name: String) -> Int32 {
    if let number = directoryNumbers[name] { return number }
    let number = addDirectory()
    directoryNumbers[name] = number
    return number
  }

  // MARK: Trees

  /// The number of the entry at `place`, or nil where it was never used.
  func find(_ place: Place) -> Int32? {
    placeNumbers[place]
  }

  /// The number of the entry at `place`; a new one where it was never used.
  mutating func intern(_ place: Place) -> Int32 {
    if let number = placeNumbers[place] { return number }
    let number = add(
      place.name.description, directory: internDirectory(ofFile: place.directory), place: place)
    placeNumbers[place] = number
    let file = Int(place.directory)
    var (low, high) = (0, entriesOfFile[file].count)
    while low < high {
      let middle = (low + high) / 2
      if let other = places[Int(entriesOfFile[file][middle])], other < place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    entriesOfFile[file].insert(number, at: low)
    return number
  }

  /// The number that a file of a tree has as a directory.
  mutating func internDirectory(ofFile file: Int32) -> Int32 {
    while directoryOfFile.count <= Int(file) {
      directoryOfFile.append(-1)
      entriesOfFile.append([])
    }
    if directoryOfFile[Int(file)] < 0 { directoryOfFile[Int(file)] = addDirectory() }
    return directoryOfFile[Int(file)]
  }

  /// The entries that were ever named in a directory of a tree, in ascending order of their names.
  func entries(ofFile file: Int32) -> [Int32] {
    Int(file) < entriesOfFile.count ? entriesOfFile[Int(file)] : []
  }

  func isPath(_ number: Int32) -> Bool { places[Int(number)] == nil }

  /// Where an entry of a tree is; nil for a path.
  func place(_ number: Int32) -> Place? { places[Int(number)] }

  // MARK: Both

  /// The number of the directory that holds the entry of the name `number`.
  func directory(of number: Int32) -> Int32 {
    directoryOfName[Int(number)]
  }

  subscript(number: Int32) -> String { names[Int(number)] }

  private mutating func add(_ name: String, directory: Int32, place: Place?) -> Int32 {
    names.append(name)
    directoryOfName.append(directory)
    places.append(place)
    return Int32(names.count - 1)
  }

  private mutating func addDirectory() -> Int32 {
    directoryCount += 1
    return Int32(directoryCount - 1)
  }
}
