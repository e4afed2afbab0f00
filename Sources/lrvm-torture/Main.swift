import ArgumentParser

@main
struct LRVMTorture: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "lrvm-torture")
}
