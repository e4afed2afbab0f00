package import FaultFS
import SeededRandom

/// Numbers for splitting random streams: by what a value says, in an order of its own, so that no draw depends on how a
/// value is printed or its fields are called.
extension CrashState {
  package var purpose: UInt64 {
    var hash = SplitMix64.mix(UInt64(point))
    func take(_ number: UInt64) { hash = SplitMix64.mix(hash ^ number) }
    for deviation in deviations {
      take(UInt64(deviation.cell.number))
      take(UInt64(deviation.version))
      guard let tear = deviation.tear else { continue }
      take(UInt64(tear.newBytesStart))
      take(UInt64(tear.newBytesEnd))
      switch tear.rest {
      case .old: take(1)
      case .zeros: take(2)
      case .garbage(let seed):
        take(3)
        take(seed)
      }
    }
    return hash
  }
}

extension Fault {
  package var purpose: UInt64 {
    let kind = SplitMix64(seed: 0).split(kind.rawValue)
    var stream =
      switch placement {
      case .call(let number): kind.split(0).split(UInt64(number))
      case .rate(let rate): kind.split(1).split(rate.bitPattern)
      }
    return stream.next()
  }
}
