/// The hashes of versions' contents that were asked for so far.
final class ContentHashes {
  private let hashes = Column<UInt64>()
  private let isKnown = Column<Bool>()

  func find(_ place: Int) -> UInt64? {
    place < hashes.count && isKnown[place] ? hashes[place] : nil
  }

  func set(_ place: Int, _ hash: UInt64) {
    if place >= hashes.count {
      let count = max(place + 1, hashes.count * 2)
      hashes.resize(to: count, filler: 0)
      isKnown.resize(to: count, filler: false)
    }
    hashes[place] = hash
    isKnown[place] = true
  }

  func removeAll() {
    hashes.removeAll()
    isKnown.removeAll()
  }
}
