internal import CLinux
import Synchronization

/// Lets as many threads do long work at a time as there are processors, the more urgent before the others.
///
/// The kernel could share the processors among more threads than that, and does so for short work. But it moves a thread that has lost
/// its processor to another one that is free only now and then: it may wait for milliseconds beside a processor that does nothing, and
/// whoever waits for what it holds or makes waits as long. A thread that sleeps until there is a seat for it, a processor, is woken right there.
///
/// Who has a seat gives it up before he waits for another thread's work, and takes none while he holds a lock: so somebody who has what others wait
/// for never waits for a seat himself.
final class Seats: Sendable {
  /// Who goes first, from the end of an event's way to its beginning: what is nearly done makes room for what comes.
  enum Claim: Int {
    case folding, writing, sealing, checking
  }

  private struct Order {
    /// Processors that nobody of ours does long work on.
    var free: [Int32]
    /// In the order of their coming.
    var waiting: [Seat] = []

    /// Takes the processor that the caller is on if it is free, since nothing has to move then.
    mutating func takeFree(at current: Int32) -> Int32? {
      guard let index = free.firstIndex(of: current) ?? free.indices.last else { return nil }
      return free.remove(at: index)
    }

    /// Takes the most urgent who waits, or who has waited for too long.
    mutating func takeNext() -> Seat? {
      guard let first = waiting.first else { return nil }
      let isOverdue = waiting.count > 1 && first.waitsSince.duration(to: .now) > Seats.patience
      let index = isOverdue ? 0 : waiting.indices.min { waiting[$0].claim.rawValue < waiting[$1].claim.rawValue }!
      return waiting.remove(at: index)
    }
  }

  /// Of the threads of this process, whose processors they are.
  static let ofProcess = Seats(processors: Processors.allowed)

  private static let patience: Duration = .milliseconds(20)
  private static let noClaim = Int.max

  private let order: Mutex<Order>
  /// The claim of the most urgent who waits.
  private let mostUrgent = Atomic(noClaim)

  /// - Parameter processors: by their numbers, at least one.
  init(processors: [Int32]) {
    precondition(!processors.isEmpty, "no processor to compute with")
    order = Mutex(Order(free: processors))
  }

  private func note(_ order: borrowing Order) {
    mostUrgent.store(order.waiting.map(\.claim.rawValue).min() ?? Self.noClaim, ordering: .relaxed)
  }

  /// - Returns: nil when there is none: the seat's thread is to sleep until it hears of one.
  fileprivate func take(for seat: Seat, at current: Int32) -> Int32? {
    order.withLock { order in
      if let processor = order.takeFree(at: current) { return processor }
      seat.waitsSince = .now
      order.waiting.append(seat)
      note(order)
      return nil
    }
  }

  fileprivate func giveBack(_ processor: Int32) {
    let next = order.withLock { order -> Seat? in
      guard let next = order.takeNext() else {
        order.free.append(processor)
        return nil
      }
      note(order)
      return next
    }
    next?.hand(processor)
  }

  fileprivate func isWanted(beforeThe claim: Claim) -> Bool {
    mostUrgent.load(ordering: .relaxed) < claim.rawValue
  }

  /// How many threads wait; for tests.
  var waitingCount: Int { order.withLock { $0.waiting.count } }
}

/// One thread's wish for a seat, and its seat when it has one. Used by one thread at a time.
// @unchecked Sendable: what others change of it, `granted`, is behind a lock, and `waitsSince` behind that of `Seats`.
final class Seat: @unchecked Sendable {
  fileprivate let claim: Seats.Claim
  private let seats: Seats
  /// The processor, while it has one.
  private var processor: Int32?
  fileprivate var waitsSince = ContinuousClock.now
  private var thread: Int32 = 0
  /// What another thread gave: a processor, and where the thread might run before it was moved there.
  private let granted = Monitor<(processor: Int32, before: waybill_processor_set?)?>(nil)

  init(_ claim: Seats.Claim, of seats: Seats = .ofProcess) {
    self.claim = claim
    self.seats = seats
  }

  /// Runs long work when there is a processor for it. Not to be called by who has a seat already.
  func during<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
    sit()
    defer { leave() }
    return try work()
  }

  /// Lets go first who is more urgent. To be called now and then during long work, and under no lock.
  @inline(__always)
  func giveWay() {
    if seats.isWanted(beforeThe: claim) { stand() }
  }

  @inline(never)
  private func stand() {
    leave()
    sit()
  }

  /// Runs what the thread sleeps in while somebody else may have its processor; without a seat just runs it.
  func without<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard processor != nil else { return try body() }
    leave()
    defer { sit() }
    return try body()
  }

  private func sit() {
    precondition(processor == nil, "a seat is taken twice")
    let current = waybill_current_processor()
    thread = waybill_thread_number()
    if let free = seats.take(for: self, at: current) {
      processor = free
      // Its own processor is somebody else's seat.
      if free != current, let before = move(to: free) { settle(before) }
      return
    }
    let (processor, before) = granted.wait { granted in
      defer { granted = nil }
      return granted
    }
    self.processor = processor
    if let before { settle(before) }
  }

  private func leave() {
    let given = processor!
    processor = nil
    seats.giveBack(given)
  }

  /// Gives the processor to this seat's thread, which sleeps, and wakes it there.
  fileprivate func hand(_ processor: Int32) {
    let before = move(to: processor)
    granted.signal { $0 = (processor, before) }
  }

  /// - Returns: where the thread might run until now; nil where it could not be moved, and may run where it might.
  private func move(to processor: Int32) -> waybill_processor_set? {
    var before = waybill_processor_set()
    return unsafe waybill_move_thread(thread, processor, &before) == 1 ? before : nil
  }

  /// Once it runs there, the kernel may move it again, for the sake of others.
  private func settle(_ before: waybill_processor_set) {
    var before = before
    unsafe waybill_free_thread(thread, &before)
  }
}
