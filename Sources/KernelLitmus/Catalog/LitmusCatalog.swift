import Foundation
import Yams

/// The litmus tests of a file: a YAML list, each with `name`, `about`, `setup` and `calls`.
package struct LitmusCatalog {
  package struct Problem: Error, CustomStringConvertible {
    package var description: String
  }

  package var tests: [LitmusTest]

  package init(file path: String) throws(Problem) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Problem(description: "cannot read the catalog '\(path)': \(error.localizedDescription)")
    }
    do {
      tests = try YAMLDecoder().decode([LitmusTest].self, from: text)
    } catch {
      throw Problem(
        description:
          "the catalog '\(path)' is not a list of tests with name, about, setup and calls: \(error)")
    }
    for (place, test) in tests.enumerated() {
      if test.calls.isEmpty {
        throw Problem(description: "the catalog '\(path)': test '\(test.name)' has no calls")
      }
      if tests[..<place].contains(where: { $0.name == test.name }) {
        throw Problem(description: "the catalog '\(path)': two tests are named '\(test.name)'")
      }
    }
  }
}
