/// The calls that change a tree, with arguments that were checked and observed: see `FaultVolume`.
///
/// A directory is a file without bytes whose number stands in the places of its entries. So entries of trees are cells like
/// those of paths, and what is only reachable through an entry that is lost is gone with it.
extension DiskCore {
  /// Makes an object, under the entry `name` or without a name.
  ///
  /// - Parameter label: the object's path.
  func makeObject(
    _ kind: Operation.Kind, _ attributes: FileAttributes, at name: Int32?, label: Int32
  ) -> Int32 {
    let firstVersion = versions.count
    let file = images.addFile()
    images.attributes.set(file, to: images.attributes.add(attributes))
    if let name { setTreeEntry(name, label, file) }
    record(kind, file: file, name: label, firstVersion: firstVersion)
    return file
  }

  func link(_ file: Int32, at name: Int32, label: Int32) {
    let firstVersion = versions.count
    setTreeEntry(name, label, file)
    record(.link, file: file, name: label, firstVersion: firstVersion)
  }

  func unlink(_ kind: Operation.Kind, _ name: Int32, label: Int32) {
    let firstVersion = versions.count
    let file = images.entry(name)
    setTreeEntry(name, label, -1)
    record(kind, file: file, name: label, firstVersion: firstVersion)
  }

  /// Gives the object at `name` the place `newName`, whose object loses that name.
  func move(_ name: Int32, label: Int32, to newName: Int32, newLabel: Int32) {
    let firstVersion = versions.count
    let file = images.entry(name)
    setTreeEntry(name, label, -1)
    setTreeEntry(newName, newLabel, file)
    record(.rename, file: file, name: label, newName: newLabel, firstVersion: firstVersion)
  }

  func exchange(_ name: Int32, label: Int32, with newName: Int32, newLabel: Int32) {
    let firstVersion = versions.count
    let (file, other) = (images.entry(name), images.entry(newName))
    setTreeEntry(name, label, other)
    setTreeEntry(newName, newLabel, file)
    record(.exchange, file: file, name: label, newName: newLabel, firstVersion: firstVersion)
  }

  private func setTreeEntry(_ name: Int32, _ label: Int32, _ file: Int32) {
    let cell = touchEntry(name, label: label)
    let base = cells[Int(cell)].base
    if cells[Int(cell)].versionCount == 0 && base >= 0 {
      namings.append(Naming(file: Int32(base), name: name))
    }
    if file >= 0 { namings.append(Naming(file: file, name: name)) }
    setEntry(cell, name, file)
  }

  func setAttributes(_ file: Int32, label: Int32, to attributes: FileAttributes) {
    let firstVersion = versions.count
    let cell = touchAttributes(file, name: label)
    let number = images.attributes.add(attributes)
    images.attributes.set(file, to: number)
    appendVersion(cell, value: number)
    record(.setAttributes, file: file, name: label, firstVersion: firstVersion)
  }

  /// Makes bytes of a file zero, as a write of zeros does, but for those that lie beyond its memory; the file grows to
  /// `size` where that is longer.
  func zero(_ file: Int32, label: Int32, _ range: Range<Int>, growingTo size: Int) {
    let firstVersion = versions.count
    let oldSize = observedSize(file)
    let start = min(range.lowerBound, oldSize)
    zeroTail(file, name: label, start..<max(start, size > oldSize ? size : min(range.upperBound, oldSize)))
    if size > oldSize { changeSize(file, name: label, to: size) }
    record(
      .zero, file: file, name: label, offset: range.lowerBound, length: range.count,
      firstVersion: firstVersion)
  }
}

extension DiskCore {
  /// Makes the root of a tree, which no crash loses: file 0.
  func makeRoot(_ attributes: FileAttributes) {
    let file = images.addFile()
    images.attributes.set(file, to: images.attributes.add(attributes))
  }

  /// A time that passes with the operations that were recorded: a millisecond for each, since 2001-09-09.
  var logicalTime: Timestamp {
    var milliseconds = forgottenOperationCount + operations.count
    var outer = parent
    while let core = outer {
      milliseconds += core.forgottenOperationCount + core.walk.point
      outer = core.parent
    }
    return Timestamp(
      seconds: 1_000_000_000 + milliseconds / 1000, nanoseconds: milliseconds % 1000 * 1_000_000)
  }
}
