/// What somebody may have meant by a word that is none of those known.
enum Spelling {
  /// The first of `words` that is closest to `word`, where it is close enough to be a slip: two letters wrong, missing, too
  /// many, or swapped count two; of a short word, one.
  static func nearest(to word: String, among words: [String]) -> String? {
    let limit = word.count > 4 ? 2 : 1
    let candidates = words.map { (word: $0, distance: distance(word, $0)) }.filter { $0.distance <= limit }
    return candidates.min { $0.distance < $1.distance }?.word
  }

  /// How many letters have to be put in, taken out or replaced (Levenshtein's distance).
  static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (number, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = number + 1
      for index in right.indices {
        let replaced = diagonal + (letter == right[index] ? 0 : 1)
        diagonal = row[index + 1]
        row[index + 1] = min(replaced, row[index] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
