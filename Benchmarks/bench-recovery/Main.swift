import Foundation
import Glibc
import LRVM
import Storage

// What recovery takes: `bench-recovery FOLDER MIB…` fills a log of each size with transactions of 4 ranges of 64 bytes at random
// places of a segment, leaves it as a crash does, and lets a process of its own recover from it. `bench-recovery recover FOLDER`
// is that process.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 2, arguments[0] == "recover" {
  try recover(in: arguments[1])
} else if arguments.count >= 2, let sizes = try? arguments.dropFirst().map(mebibytes) {
  say(
    "log MiB  records   recovery s  processor s  peak MiB, of them redo at most \(Options().redoBytesMax >> 20)"
  )
  for size in sizes { try measure(size, in: "\(arguments[0])/\(size)") }
} else {
  say("usage: bench-recovery FOLDER MIB…")
  exit(64)
}

/// At once, so that lines of both processes come in order.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func mebibytes(_ text: String) throws -> Int {
  guard let size = Int(text), (1...65_536).contains(size) else { throw CocoaError(.formatting) }
  return size
}

/// A log whose record area has `mebibytes`, filled, recovered, and removed again.
func measure(_ mebibytes: Int, in folder: String) throws {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let disk = try PosixStorage(directory: folder)
  let length = 64 << 20
  try RVM.createLog("log", shape: LogShape(for: disk, recordBytes: mebibytes << 20), on: disk)
  try RVM.createSegment("segment", length: length, on: disk)
  do {
    let rvm = try RVM(
      log: "log", on: disk, options: Options(truncationDriver: .stepped, truncationThreshold: 1))
    let region = try rvm.map("segment")
    var state: UInt64 = 1
    let bytes = [UInt8](repeating: 7, count: 64)
    while rvm.query().logSectorsUsed < rvm.query().logSectors * 9 / 10 {
      for _ in 0..<1000 {
        let transaction = try rvm.begin(.noRestore)
        for _ in 0..<4 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          try transaction.modify(region, at: Int(state >> 33) % (length - 64), with: bytes)
        }
        try transaction.commit(.noFlush)
      }
      try rvm.flush()
    }
    // Closed without truncation when it goes out of scope: as a process that is killed leaves it.
  }
  let child = Process()
  child.executableURL = URL(filePath: CommandLine.arguments[0])
  child.arguments = ["recover", folder]
  try child.run()
  child.waitUntilExit()
  guard child.terminationStatus == 0 else {
    say("the recovery of a log of \(mebibytes) MiB failed")
    exit(1)
  }
}

func recover(in folder: String) throws {
  let disk = try PosixStorage(directory: folder)
  let log = try FileManager.default.attributesOfItem(atPath: "\(folder)/log")[.size] as? Int ?? 0
  let start = ContinuousClock().now
  let summary = try RVM.recover(log: "log", on: disk)
  let time = (ContinuousClock().now - start) / .seconds(1)
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  let processor = [usage.ru_utime, usage.ru_stime].reduce(0) {
    $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
  }
  say(
    String(
      format: "%7d  %8d  %10.2f  %11.2f  %8d", log >> 20, summary.recordsRecovered, time, processor,
      usage.ru_maxrss >> 10))
}
