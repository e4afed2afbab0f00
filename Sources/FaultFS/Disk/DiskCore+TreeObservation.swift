/// Looking at a tree: what a look-up, the list of a directory and the number of an object's names observe.
extension DiskCore {
  /// The number of the entry at `place` and the file that it stands for, or nil where there is none.
  func lookedUp(_ place: NameTable.Place) -> (name: Int32, file: Int32)? {
    guard let name = images.names.find(place) else { return nil }
    if images.entryMarks(name) != 0 { settleEntry(name) }
    images.courseTrace?.observeEntry(self, name, upTo: Int.max)
    let file = images.entry(name)
    return file >= 0 ? (name, file) : nil
  }

  /// The entries of a directory that stand for something, in ascending order of their names; observes all that could.
  func entries(ofDirectory file: Int32) -> [Int32] {
    images.names.entries(ofFile: file).filter { name in
      if images.entryMarks(name) != 0 { settleEntry(name) }
      images.courseTrace?.observeEntry(self, name, upTo: Int.max)
      return images.entry(name) >= 0
    }
  }

  /// Whether a directory has any entry; observes no more than the first one that it has.
  func hasEntries(_ file: Int32) -> Bool {
    images.names.entries(ofFile: file).contains { name in
      if images.entryMarks(name) != 0 { settleEntry(name, onlyExistence: true) }
      images.courseTrace?.observeEntry(self, name, upTo: 0)
      return images.entry(name) >= 0
    }
  }

  /// The entries that stand for an object, in the order of their places. Observes of each entry that ever stood for it
  /// whether it does.
  func entries(standingFor file: Int32) -> [Int32] {
    var names: Set<Int32> = []
    var outer: DiskCore? = self
    while let core = outer {
      for place in 0..<core.namings.count where core.namings[place].file == file {
        names.insert(core.namings[place].name)
      }
      outer = core.parent
    }
    let table = images.names
    let places = names.compactMap { name in table.place(name).map { (name: name, place: $0) } }
    return places.sorted { $0.place < $1.place }.map(\.name).filter { name in
      if images.entryMarks(name) != 0 { settleEntry(name, whether: file) }
      images.courseTrace?.observeEntry(self, name, whether: file)
      return images.entry(name) == file
    }
  }
}
