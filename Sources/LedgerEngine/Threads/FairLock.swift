import Glibc

/// A lock that the thread which holds it most cannot take twice in a row past somebody who waits: who waits for the
/// value holds the turnstile, and everyone passes the turnstile first. So a question waits for one stretch of folding,
/// never for several.
@safe
final class FairLock<Value>: @unchecked Sendable {  // every access to `value` is under `inner`
  private let turnstile = Monitor(())
  private let inner: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  init(_ value: sending Value) {
    self.value = value
    unsafe inner = .allocate(capacity: 1)
    unsafe pthread_mutex_init(inner, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(inner)
    unsafe inner.deallocate()
  }

  func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
    turnstile.withLock { _ in _ = unsafe pthread_mutex_lock(inner) }
    defer { unsafe pthread_mutex_unlock(inner) }
    return try body(&value)
  }
}
