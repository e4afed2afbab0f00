import TextFiles

/// The tasks that a worker process knows.
///
/// A task is one line, its name and then itself as JSON; its answer is one line of JSON.
package struct WorkerTasks: Sendable {
  private var performers: [String: @Sendable (_ body: String, WorkerMemory) throws -> String] = [:]

  /// None.
  package init() {}

  /// Adds a kind of task, in the place of one with the same name.
  ///
  /// - Parameter perform: what is done for it.
  package mutating func register<Task: WorkerTask>(
    _: Task.Type,
    perform: @escaping @Sendable (Task, WorkerMemory) throws -> Task.Answer = { try $0.perform($1) }
  ) {
    performers[Task.name] = { body, memory in
      try JSONText.line(try perform(try JSONText.decode(Task.self, from: body), memory))
    }
  }

  /// Adds those of the core: running a case.
  package mutating func registerCore() {
    register(RunTask.self)
  }

  /// The line that asks for `task`.
  package static func line<Task: WorkerTask>(_ task: Task) throws -> String {
    "\(Task.name) \(try JSONText.line(task))"
  }

  /// Does what the line asks for.
  ///
  /// - Returns: the answer's line.
  package func perform(_ line: String, _ memory: WorkerMemory) throws -> String {
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let perform = performers[String(parts[0])] else {
      throw UnknownTask(description: "it is asked for '\(parts.first ?? "")', which is no task that it knows")
    }
    return try perform(String(parts[1]), memory)
  }
}

/// A worker was asked for something that it does not know: it is of another program than the one that asks.
struct UnknownTask: Error, CustomStringConvertible {
  let description: String
}
