import TortureCore

extension TortureCore.Operation {
  /// What a thread does; the operation alone where there is one thread.
  ///
  /// - Parameter isContinued: whether another thread went on meanwhile.
  func text(by thread: String?, isContinued: Bool) -> String {
    guard let thread else { return "\(self)" }
    let isClients = thread.hasPrefix("client")
    let text = client != nil ? "\(self)" : isClients ? "\(thread): \(self)" : thread
    return isContinued ? "\(text) (goes on)" : text
  }
}
