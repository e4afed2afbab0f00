import CCallStack

/// Where a thread was: the return addresses of the functions that it was in, innermost first.
///
/// Addresses mean something only in the process that captured them, or together with its list of modules
/// (`LoadedModule`). `Symbolizer` turns them into frames, which hold no address and can be compared between runs.
public struct CallStack: Hashable, Sendable {
  /// The most addresses that a stack holds. Frames further out are left out.
  public static let addressesMax = 64

  /// Code addresses, innermost first, at most `addressesMax`.
  public let addresses: [UInt]

  /// Whether the first address is the very instruction that trapped. All others, and the first one of a captured
  /// stack, are return addresses: they name the instruction behind the call.
  public let beginsAtTrap: Bool

  /// A stack of known addresses. Those over `addressesMax` are dropped from the outer end.
  public init(addresses: [UInt], beginsAtTrap: Bool = false) {
    self.addresses = Array(addresses.prefix(Self.addressesMax))
    self.beginsAtTrap = beginsAtTrap
  }

  /// Captures the calling thread's stack with libunwind's `unw_backtrace`, in well under a microsecond.
  ///
  /// - Parameter skipped: How many functions to leave out at the inner end. With 0 the first address lies in the
  ///   function that called `capture`. Inlined functions have no address of their own and are not counted.
  /// - Returns: The stack. It is empty if nothing is left after `skipped` functions.
  ///
  /// In release builds a function that calls another as its last act may jump there and is then not on the stack.
  /// Safe to call on any thread. Of an async function only the part up to its last suspension is on the stack.
  @inline(never)
  public static func capture(skippingInnermost skipped: Int = 0) -> CallStack {
    precondition(skipped >= 0, "a stack cannot be captured without its \(skipped) innermost functions")
    // No closure may stand between this function and the C one, which drops exactly this function's frame.
    var captured = ccallstack_addresses()
    unsafe ccallstack_capture(&captured, Int32(clamping: skipped))
    let count = Int(captured.count)
    let addresses = unsafe withUnsafeBytes(of: &captured.values) { bytes in
      (0..<count).map {
        unsafe bytes.load(fromByteOffset: $0 * MemoryLayout<UInt>.stride, as: UInt.self)
      }
    }
    return CallStack(addresses: addresses)
  }

  /// The addresses to look up: one byte before each return address lies the call itself.
  var instructionAddresses: [UInt] {
    addresses.enumerated().map { index, address in
      index == 0 && beginsAtTrap ? address : address &- 1
    }
  }
}
