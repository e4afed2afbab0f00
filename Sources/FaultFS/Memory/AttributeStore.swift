/// The attributes of all objects of a tree: every value that any of them had, and which one each has now.
///
/// Shared, as the images are, by a disk and by all disks that show crash states of it.
final class AttributeStore {
  private var states: [FileAttributes] = []
  /// By file, the number of its attributes; -1 for a file that is in no tree.
  private let numbers = Column<Int32>()

  /// How many values there are.
  var count: Int { states.count }

  func state(_ number: Int) -> FileAttributes { states[number] }

  /// Adds a value and returns its number.
  func add(_ state: FileAttributes) -> Int {
    states.append(state)
    return states.count - 1
  }

  /// Drops the values from `count` on and the files from `fileCount` on, to which alone they may belong.
  func removeAll(from count: Int, files fileCount: Int) {
    states.removeLast(states.count - count)
    if numbers.count > fileCount { numbers.resize(to: fileCount, filler: -1) }
  }

  /// The number of the attributes that a file has now, or -1.
  func number(of file: Int32) -> Int {
    Int(file) < numbers.count ? Int(numbers[Int(file)]) : -1
  }

  func set(_ file: Int32, to number: Int) {
    if Int(file) >= numbers.count { numbers.resize(to: Int(file) + 1, filler: -1) }
    numbers[Int(file)] = Int32(number)
  }
}
