import LRVM
import Storage

let disk = try PosixStorage(directory: ".")
let rvm = try RVM(log: "counters.log", creating: LogShape(for: disk), on: disk)  // recovers
let counters = try rvm.map("counters", creatingLength: 16 * RVM.pageLength)

try rvm.transaction { transaction in
  try transaction.store(counters.load(Int64.self, at: 0) + 1, in: counters, at: 0)
  try transaction.store(counters.load(Int64.self, at: 8) - 1, in: counters, at: 8)
}  // both counters, durable; or neither

print(counters.load(Int64.self, at: 0), counters.load(Int64.self, at: 8))
try rvm.terminate()
