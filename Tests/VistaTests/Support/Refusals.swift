import RecoverableHeap

@testable import Vista

/// What calls with a transaction threw; nil where they succeeded.
///
/// As functions: a transaction that a macro's closure has captured cannot be ended after it.
enum Refusal {
  static func commit(_ transaction: consuming Transaction) -> VistaError? {
    do throws(VistaError) { try transaction.commit() } catch { return error }
    return nil
  }

  static func setRange(
    _ region: Region, _ offset: Int, _ length: Int, by transaction: borrowing Transaction
  ) -> VistaError? {
    do throws(VistaError) { try transaction.setRange(region, offset: offset, length: length) } catch {
      return error
    }
    return nil
  }

  static func begin(_ vista: Vista) -> VistaError? {
    do throws(VistaError) { try vista.begin().abort() } catch { return error }
    return nil
  }

  static func allocate(
    _ heap: Heap, _ length: Int, alignment: Int = 16, by transaction: borrowing Transaction
  ) -> HeapError? {
    do throws(HeapError) {
      _ = try heap.allocate(length, alignment: alignment, by: transaction)
    } catch {
      return error
    }
    return nil
  }

  static func setRoot(
    _ heap: Heap, _ offset: UInt64, _ key: UInt64, by transaction: borrowing Transaction
  ) -> HeapError? {
    do throws(HeapError) {
      try heap.setRoot(PersistentPointer<UInt8>(offset: offset), for: key, by: transaction)
    } catch {
      return error
    }
    return nil
  }

  static func free(_ heap: Heap, _ offset: Int, by transaction: borrowing Transaction) -> HeapError? {
    do throws(HeapError) { try heap.free(offset, by: transaction) } catch { return error }
    return nil
  }
}
