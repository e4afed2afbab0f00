import Dispatch
import Foundation
import LRVM
import Storage

// Two threads use the same bytes of a region without a lock: what ThreadSanitizer must report of a debug build.
// `race-probe DIRECTORY store|load` says what the second thread does. Both meet before and after the access, and nothing
// else orders them, so it is a race in whichever order they come.
let arguments = CommandLine.arguments
guard arguments.count == 3, ["store", "load"].contains(arguments[2]) else {
  print("usage: race-probe DIRECTORY store|load")
  exit(64)
}
let disk = try PosixStorage(directory: arguments[1])
let rvm = try RVM(log: "race.log", creating: LogShape(for: disk), on: disk)
let region = try rvm.map("race", creatingLength: RVM.pageLength)
let loads = arguments[2] == "load"

/// Where two threads wait for each other.
final class Meeting: Sendable {
  private let arrivals = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]

  func wait(_ thread: Int) {
    arrivals[thread].signal()
    arrivals[1 - thread].wait()
  }
}

let before = Meeting()
let after = Meeting()
let end = DispatchSemaphore(value: 0)
for thread in 0...1 {
  Thread.detachNewThread {
    do {
      let transaction = try rvm.begin(.noRestore)
      before.wait(thread)
      var sum = 0
      for round in 0..<1000 {
        if thread == 1 && loads {
          sum &+= region.load(Int.self, at: 0)
        } else {
          try transaction.store(round, in: region, at: 0)
        }
      }
      withExtendedLifetime(sum) {}
      after.wait(thread)
      try transaction.commit(.noFlush)
    } catch {
      fatalError("thread \(thread): \(error)")
    }
    end.signal()
  }
}
end.wait()
end.wait()
try rvm.terminate()
