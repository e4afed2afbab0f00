/// A part of a campaign's cases: those of some shards of `count`, numbered from 1.
///
/// The shards of one campaign have no case in common and together have all. A run has one of them (`--shard 2/8`), a
/// merged report those of the reports that it was made of.
package struct Shard: Codable, Hashable, Sendable, CustomStringConvertible {
  /// Into how many shards the campaign is split; 1 for one that is not.
  package private(set) var count: Int
  /// Which of them, ascending, each once.
  package private(set) var numbers: [Int]

  /// All of a campaign that is not split.
  package static let whole = Shard(count: 1, numbers: [1])
  /// A campaign is split into at most this many.
  package static let countMax = 1_000_000

  private init(count: Int, numbers: [Int]) {
    self.count = count
    self.numbers = numbers
  }

  /// Reads `I/N`: the shard I of N, from 1. Nil where it is something else.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Self.number(parts[0]), let count = Self.number(parts[1]) else {
      return nil
    }
    self.init(number, of: count)
  }

  /// The shard `number` of `count`; nil where there is none.
  package init?(_ number: Int, of count: Int) {
    guard (1...Self.countMax).contains(count), (1...count).contains(number) else { return nil }
    self.init(count: count, numbers: [number])
  }

  /// The shard that a Slurm array says this task is: `SLURM_ARRAY_TASK_ID` among the tasks from
  /// `SLURM_ARRAY_TASK_MIN` to `SLURM_ARRAY_TASK_MAX` in steps of `SLURM_ARRAY_TASK_STEP` (sbatch(1), output
  /// environment variables). Nil where the variables are not there or do not fit each other.
  package init?(slurm environment: [String: String]) {
    func value(_ name: String) -> Int? { environment["SLURM_ARRAY_TASK_\(name)"].flatMap { Int($0) } }
    guard let id = value("ID"), let first = value("MIN"), let last = value("MAX") else { return nil }
    let step = value("STEP") ?? 1
    guard step >= 1, first <= id, id <= last, (id - first) % step == 0 else { return nil }
    self.init((id - first) / step + 1, of: (last - first) / step + 1)
  }

  /// Whether the case at `place` of the order in which cases are dealt out belongs to it.
  package func contains(place: Int) -> Bool {
    if count == 1 { return true }
    let number = place % count + 1
    return numbers.count == 1 ? numbers[0] == number : isMember(number)
  }

  /// How many of `total` cases belong to it.
  package func share(of total: Int) -> Int {
    numbers.reduce(0) { $0 + max(0, (total - $1 + count) / count) }
  }

  /// The shards of both; nil where they come from campaigns that are split differently.
  func union(_ other: Shard) -> Shard? {
    guard count == other.count else { return nil }
    return Shard(count: count, numbers: Set(numbers).union(other.numbers).sorted())
  }

  /// Whether a shard is in both.
  func overlaps(_ other: Shard) -> Bool { !Set(numbers).isDisjoint(with: other.numbers) }

  /// Whether no shard is missing.
  package var isWhole: Bool { numbers.count == count }

  /// Without a trace of how it was split where nothing is missing, so that a merged campaign is the unsplit one.
  var simplified: Shard { isWhole ? .whole : self }

  /// `2/8`, or `1-3,5/8` for several.
  package var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let text = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    return "\(text.joined(separator: ","))/\(count)"
  }

  private func isMember(_ number: Int) -> Bool {
    var low = 0
    var high = numbers.count
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < numbers.count && numbers[low] == number
  }

  /// A number of digits only: no sign.
  private static func number(_ text: Substring) -> Int? {
    text.allSatisfy { ("0"..."9").contains($0) } ? Int(text) : nil
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    count = try fields.decode(Int.self, forKey: .count)
    numbers = try fields.decode([Int].self, forKey: .numbers)
    guard (1...Self.countMax).contains(count), !numbers.isEmpty,
      zip(numbers, numbers.dropFirst()).allSatisfy(<),
      numbers.allSatisfy({ (1...count).contains($0) })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .numbers, in: fields, debugDescription: "expected numbers from 1 to 'count', ascending")
    }
  }

  enum CodingKeys: String, CodingKey {
    case count, numbers
  }
}
