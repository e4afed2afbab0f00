import StorageConformance
import SystemPackage
import Testing

@testable import Storage

/// A suite that passes means something only if it fails where a promise is broken: each defect here is planted in the
/// system calls, and must be found by a check and by the comparison with a sound disk.
@Suite struct SuiteFindsDefectsTests {
  struct Defect: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let plant: @Sendable (inout SystemCalls) -> Void

    init(_ description: String, _ plant: @escaping @Sendable (inout SystemCalls) -> Void) {
      testDescription = description
      self.plant = plant
    }
  }

  static let defects = [
    Defect("every write goes one byte too far") { calls in
      let real = SystemCalls()
      calls.write = { real.write($0, $1, $2 + 1) }
    },
    Defect("the last byte of a large write is lost") { calls in
      let real = SystemCalls()
      calls.write = { descriptor, bytes, offset in
        guard bytes.byteCount > 500 else { return real.write(descriptor, bytes, offset) }
        _ = real.write(descriptor, bytes.extracting(0..<bytes.byteCount - 1), offset)
        return bytes.byteCount
      }
    },
    Defect("allocate shrinks") { calls in
      let real = SystemCalls()
      calls.allocate = { real.truncate($0, $1) }
    },
    Defect("truncate does nothing") { calls in calls.truncate = { _, _ in 0 } },
    Defect("the lock excludes nobody") { calls in calls.lock = { _ in 0 } },
    Defect("remove does nothing") { calls in calls.remove = { _, _ in 0 } },
    Defect("rename only removes the old name") { calls in
      let real = SystemCalls()
      calls.rename = { directory, name, newName in
        name == newName ? 0 : real.remove(directory, name)
      }
    },
    Defect("list forgets a file") { calls in
      let real = SystemCalls()
      calls.list = { real.list($0).map { Array($0.sorted().dropLast()) } }
    },
    Defect("a missing file is reported as forbidden") { calls in
      let real = SystemCalls()
      calls.open = { directory, name, flags in
        let result = real.open(directory, name, flags)
        return result == -Int(Errno.noSuchFileOrDirectory.rawValue)
          ? -Int(Errno.permissionDenied.rawValue) : result
      }
    },
    Defect("vectored writes drop their last part") { calls in
      let real = SystemCalls()
      unsafe calls.writeGathering = { descriptor, parts, offset in
        if unsafe parts.count > 1 {
          _ = unsafe real.writeGathering(descriptor, Array(parts.dropLast()), offset)
        }
        return unsafe parts.reduce(0) { $0 + $1.count }
      }
    },
  ]

  @Test(arguments: defects) func checksFind(_ defect: Defect) throws {
    var calls = SystemCalls()
    defect.plant(&calls)
    let failures = try StorageConformance.checks.filter { check in
      let directory = try TemporaryDirectory()
      do {
        try check.run(on: directory.storage(calls))
        return false
      } catch is ConformanceFailure {
        return true
      } catch is StorageError {
        return true
      }
    }
    #expect(!failures.isEmpty)
  }

  @Test(arguments: defects) func comparisonFinds(_ defect: Defect) throws {
    var calls = SystemCalls()
    defect.plant(&calls)
    let (directory, reference) = (try TemporaryDirectory(), try TemporaryDirectory())
    let failure = #expect(throws: ConformanceFailure.self) {
      try StorageDifferential.run(
        operationCount: 3000, seed: 1, directory.storage(calls), reference: reference.storage())
    }
    #expect(failure?.description.hasPrefix("seed 1, ") == true)
  }
}
