import Foundation

/// Measures in processes of their own, all at the same time.
enum WorkerProcesses {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  static func measure(_ request: Request, jobs: Int) throws -> [Measurement] {
    let argument = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
    var workers: [(process: Process, input: Pipe, output: Pipe)] = []
    for _ in 0..<jobs {
      let process = Process()
      process.executableURL = Bundle.main.executableURL
      process.arguments = ["worker", argument]
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      workers.append((process, input, output))
    }
    for worker in workers {
      let ready = try worker.output.fileHandleForReading.read(upToCount: 6) ?? Data()
      guard ready == Data("ready\n".utf8) else {
        throw Failure(description: "a worker for \(request) ended before it could measure")
      }
    }
    for worker in workers { try worker.input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8)) }
    return try workers.map { worker in
      let answer = try worker.output.fileHandleForReading.readToEnd() ?? Data()
      worker.process.waitUntilExit()
      guard worker.process.terminationStatus == 0 else {
        throw Failure(
          description: "a worker for \(request) ended with \(worker.process.terminationStatus)")
      }
      return try JSONDecoder().decode(Measurement.self, from: answer)
    }
  }
}
