/// A reference that counts nothing while it is used; who holds it retains and releases the object by hand.
///
/// For what is known to live long enough by other means, in the paths where counting costs as much as the work. Who has one may do
/// nothing with it but what is marked as unsafe: the object must live then.
@safe struct Uncounted<Object: AnyObject>: BitwiseCopyable {
  private let reference: Unmanaged<Object>

  init(_ object: Object) { unsafe reference = .passUnretained(object) }

  /// Retains the object, until `release`.
  init(retaining object: Object) { unsafe reference = .passRetained(object) }

  /// - Safety: the object lives.
  @unsafe var object: Object { unsafe reference.takeUnretainedValue() }

  /// Whether it is the same object, or has its place.
  @inline(__always)
  func isSame(as object: Object) -> Bool {
    unsafe reference.toOpaque() == Unmanaged.passUnretained(object).toOpaque()
  }

  /// - Safety: once for each that was made by retaining.
  @unsafe func release() { unsafe reference.release() }

  /// - Safety: the object lives until this returns.
  @unsafe @inline(__always)
  func with<Value, Failure: Error>(_ body: (Object) throws(Failure) -> Value) throws(Failure) -> Value {
    // The standard library's own call passes on no error of a certain type.
    let outcome = unsafe reference._withUnsafeGuaranteedRef { object in
      do throws(Failure) { return Result<Value, Failure>.success(try body(object)) } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
