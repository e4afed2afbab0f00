import Foundation
import Subprocess
import SystemPackage
import Testing
import TortureCore

/// The catalog of planted defects: complete, well-formed, and in step with the sources. `make mutants` plants them.
@Suite struct MutantCatalogTests {
  private struct Catalog: Decodable {
    struct Barrier: Decodable {
      var subject: String
      var directory: Bool?
      var first: String
      var second: String
    }
    struct Defect: Decodable {
      var number: Int
      /// LRVM where there is none.
      var engine: String?
      var name: String
      var what: String
      var seen: String
      var invisible: [String]?
      var barrier: Barrier?
    }
    var defects: [Defect]
  }

  private static let folder = Document.package.appending(path: "mutants")

  /// Where the defects of an engine are planted.
  private static let folders = ["lrvm": ["LRVM", "Storage"], "vista": ["Vista"], "threads": ["LRVM"]]

  private static var defects: [Catalog.Defect] {
    get throws {
      let data = try Data(contentsOf: folder.appending(path: "catalog.json"))
      return try JSONDecoder().decode(Catalog.self, from: data).defects
    }
  }

  @Test func everyDefectIsThereOnce() throws {
    let defects = try Self.defects
    #expect(Set(defects.map(\.number)) == Set(1...55))
    #expect(Set(defects.map(\.name)).count == defects.count)
    let patches = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".patch") }.sorted()
    #expect(patches == defects.map { "\($0.name).patch" }.sorted())
  }

  @Test func everyDefectIsToldWhole() throws {
    for defect in try Self.defects {
      #expect(defect.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" }, "\(defect.name)")
      #expect(defect.what.hasSuffix(".") && defect.seen.hasSuffix("."), "\(defect.name)")
      for profile in defect.invisible ?? [] {
        #expect(DiskOptions.Profile(rawValue: profile) != nil, "\(defect.name): \(profile)")
      }
      if let barrier = defect.barrier {
        for pattern in [barrier.subject, barrier.first, barrier.second] { _ = try Regex(pattern) }
      }
      let patch = try String(
        contentsOf: Self.folder.appending(path: "\(defect.name).patch"), encoding: .utf8)
      let files = patch.split(separator: "\n").filter { $0.hasPrefix("+++ ") }
      let folders = try #require(Self.folders[defect.engine ?? "lrvm"], "\(defect.name)")
      let isInEngine = { (file: Substring) in folders.contains { file.hasPrefix("+++ b/Sources/\($0)/") } }
      #expect(!files.isEmpty && files.allSatisfy(isInEngine), "\(defect.name)")
    }
  }

  /// What memory with a battery cannot show is a missing flush.
  @Test func theFlushDefectsAreInvisibleOnRio() throws {
    let invisible = try Self.defects.filter { $0.invisible?.contains("rio") == true }
    #expect(
      invisible.map(\.name) == ["record-not-flushed", "data-not-flushed", "state-and-head-apart"])
    #expect(invisible.allSatisfy { $0.engine == "vista" })
  }

  /// A patch that does not apply any more has to be made anew: the sources it was made for have changed.
  @Test func everyPatchApplies() async throws {
    let package = Document.package
    let patches = try Self.defects.map { "mutants/\($0.name).patch" }
    for patch in patches {
      let result = try await Subprocess.run(
        .name("git"), arguments: ["apply", "--check", patch],
        environment: .inherit.updating([
          "GIT_CEILING_DIRECTORIES": package.deletingLastPathComponent().path
        ]),
        workingDirectory: FilePath(package.path), output: .discarded, error: .string(limit: 1 << 16))
      #expect(result.terminationStatus == .exited(0), "\(patch): \(result.standardError)")
    }
  }
}
