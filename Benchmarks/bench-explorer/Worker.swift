import Foundation

/// What a worker is to measure.
enum Request: Codable, Hashable {
  /// The rate at which crash states are recovered, and the floor, for `seconds` each, `repetitions` times.
  case states(logSectors: Int, segmentLength: Int, seconds: Double, repetitions: Int)
  /// The time in which all crash points of a trace of about this many storage operations are explored.
  case growth(operations: Int)
  /// The exhaustive exploration of one unsynced batch.
  case batch(sectors: Int)
  /// The rate at which the crash states of memory of a profile are explored, for about `seconds`.
  case memory(profile: String, seconds: Double)
  /// The rates at which schedules of threads are run, and their crash states explored, for about `seconds`.
  case threads(seconds: Double, schedulesMax: Int)
}

/// What a worker measured.
struct Measurement: Codable, Hashable {
  var states = Pace()
  var floor = Pace()
  var growth: Growth?
  var batch: BatchCoverage?
  var memory: MemoryRow?
  var threads: ThreadRow?
  /// The most memory that the process ever held, in KiB.
  var peakMemoryKiB = 0
}

/// States per second, by the clock on the wall and by the processor's time, which other processes do not stretch.
struct Pace: Codable, Hashable {
  var wall = 0.0
  var processor = 0.0
}

struct Growth: Codable, Hashable {
  /// Storage operations of the trace.
  var operations: Int
  var seconds: Double
  var processorSeconds: Double
  /// Recoveries that ran.
  var executed: Int
  /// Recoveries that did not run, since one at an earlier crash point had observed the same.
  var remembered: Int
  /// Legal crash states that both stand for, in decimal digits.
  var covered: String
  /// Crash points at which the cap on executions was met.
  var pointsCapped: Int

  enum CodingKeys: String, CodingKey {
    case operations, seconds, executed, remembered, covered
    case processorSeconds = "processor_seconds"
    case pointsCapped = "points_capped"
  }
}

struct BatchCoverage: Codable, Hashable {
  var sectors: Int
  /// Recording the batch and exploring all its states, without tears.
  var seconds: Double
  var processorSeconds: Double
  /// Recoveries that ran for all states without tears; and with one sector torn besides.
  var executed: Int
  var executedWithTears: Int
  /// Legal crash states that the first stand for, in decimal digits.
  var covered: String

  enum CodingKeys: String, CodingKey {
    case sectors, seconds, executed, covered
    case processorSeconds = "processor_seconds"
    case executedWithTears = "executed_with_tears"
  }
}

/// One measuring process, or one that could be: it shares nothing with others.
struct Worker {
  private let request: Request
  private var run: RecordedRun?
  private var floor: CopyingFloor?

  /// Makes all that is needed, so that workers can begin to measure at the same time.
  init(_ request: Request) throws {
    self.request = request
    if case .states(let logSectors, let segmentLength, _, _) = request {
      let run = try RecordedRun(logSectors: logSectors, segmentLength: segmentLength)
      self.run = run
      floor = try CopyingFloor(run, logSectors: logSectors)
    }
  }

  func measure() throws -> Measurement {
    var measurement = Measurement()
    switch request {
    case .states(_, _, let seconds, let repetitions):
      guard let run, let floor else { fatalError("a worker without a recorded run") }
      var states: [Pace] = []
      var floors: [Pace] = []
      for _ in 0..<repetitions {
        states.append(try Self.pace(seconds, run.recoverAll))
        floors.append(Self.pace(seconds, floor.recoverAll))
      }
      measurement.states = Self.median(states)
      measurement.floor = Self.median(floors)
    case .growth(let operations):
      measurement.growth = try TraceGrowth.measure(operations: operations)
    case .batch(let sectors):
      measurement.batch = try BatchExploration.measure(sectors: sectors)
    case .memory(let profile, let seconds):
      measurement.memory = try MemoryExploration.measure(profile: profile, seconds: seconds)
    case .threads(let seconds, let schedulesMax):
      measurement.threads = try ThreadExploration.measure(seconds: seconds, schedulesMax: schedulesMax)
    }
    measurement.peakMemoryKiB = Clocks.peakMemoryKiB()
    return measurement
  }

  /// Runs `body`, which says how many states it tried, for about this many seconds.
  private static func pace(_ seconds: Double, _ body: () throws -> Int) rethrows -> Pace {
    let wall = Clocks.wall()
    let processor = Clocks.processor()
    var count = 0
    repeat { count += try body() } while Clocks.wall() - wall < seconds
    return Pace(
      wall: Double(count) / (Clocks.wall() - wall),
      processor: Double(count) / (Clocks.processor() - processor))
  }

  private static func median(_ paces: [Pace]) -> Pace {
    Pace(
      wall: paces.map(\.wall).sorted()[paces.count / 2],
      processor: paces.map(\.processor).sorted()[paces.count / 2])
  }
}
