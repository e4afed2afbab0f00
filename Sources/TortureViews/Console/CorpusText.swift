package import TortureCampaign

/// A corpus in words.
package enum CorpusText {
  /// A line for each scenario, and one for all of them.
  package static func lines(
    _ corpus: Corpus, before: Corpus, cases: Int, reports: Int, file: String
  ) -> [String] {
    var lines: [String] = []
    for (name, seeds) in corpus.seeds.sorted(by: { $0.key < $1.key }) {
      let marks = Set(corpus.cases.filter { $0.scenario == name }.flatMap(\.marks)).count
      let words = seeds.map { "\($0)" }.joined(separator: ", ")
      lines.append(
        "\(name): \(seeds.count == 1 ? "seed" : "seeds") \(words) \(seeds.count == 1 ? "reaches" : "reach") "
          + Figure.count(marks, "mark"))
    }
    let new = Set(corpus.cases).subtracting(before.cases).count
    let gone = Set(before.cases).subtracting(corpus.cases).count
    return lines + [
      "\(file): \(Figure.count(corpus.cases.count, "case")), \(Figure.grouped(new)) of them new, of "
        + "\(Figure.count(cases, "case")) in \(Figure.count(reports, "report")); \(Figure.grouped(gone)) dropped"
    ]
  }
}
