extension LRVMSystem {
  public static var options: [SystemOption] {
    [
      .choice(
        "truncation", of: SystemOptions.Truncation.allCases.map(\.rawValue), default: "epoch",
        "How the log is truncated."),
      .choice(
        "log_writes", of: ["buffered", "durable"], default: "buffered",
        "Whether the log is written and then synced, or each write of it is durable when it returns."),
      .number(
        "truncation_threshold", 0.05...1, default: 0.5,
        "The share of the log's record area whose use starts truncation."),
      .integer(
        "truncation_steps_per_operation", 0...1000, default: 1,
        "How many steps of truncation the scheduler takes between two operations."),
      .integer(
        "spool_limit", 0...16_777_216, default: 4096,
        "How many bytes commits without flush may hold in memory before they go to the log."),
      .boolean(
        "checked", default: true, "Whether stores outside every declared range are looked for at commit."),
      .boolean(
        "optimizations", default: true,
        "Whether the intra- and inter-transaction optimizations of the log are on."),
    ]
  }
}

/// The options of LRVM; traps where the system is another.
extension SystemOptions {
  /// How LRVM's log is truncated.
  public enum Truncation: String, Hashable, Sendable, CaseIterable {
    case epoch, incremental
  }

  public var truncation: Truncation {
    get {
      guard let method = Truncation(rawValue: text("truncation")) else {
        fatalError("'\(text("truncation"))' is no method of truncation")
      }
      return method
    }
    set { values["truncation"] = .text(newValue.rawValue) }
  }

  /// Whether each write of LRVM's log is durable when it returns.
  public var writesLogDurably: Bool {
    get { text("log_writes") == "durable" }
    set { values["log_writes"] = .text(newValue ? "durable" : "buffered") }
  }

  /// The share of the log's record area whose use starts truncation.
  public var truncationThreshold: Double {
    get { number("truncation_threshold") }
    set { values["truncation_threshold"] = .number(newValue) }
  }

  /// How many steps of truncation's state machine the scheduler takes between two operations.
  public var truncationStepsPerOperation: Int {
    get { integer("truncation_steps_per_operation") }
    set { values["truncation_steps_per_operation"] = .number(Double(newValue)) }
  }

  /// In bytes.
  public var spoolLimit: Int {
    get { integer("spool_limit") }
    set { values["spool_limit"] = .number(Double(newValue)) }
  }

  public var checked: Bool {
    get { boolean("checked") }
    set { values["checked"] = .boolean(newValue) }
  }

  /// Whether the intra- and inter-transaction log optimizations are on.
  public var optimizations: Bool {
    get { boolean("optimizations") }
    set { values["optimizations"] = .boolean(newValue) }
  }
}
