import JSONTape
import Ledger
import Synchronization

/// What an event passes, with the buffers that last from one request to the next.
///
/// `tools/meter` finds the stages by their names in the program: they begin with `stage` and are never inlined.
final class StageLine {
  private let last: Stage
  private let parser = EventBatchParser()
  private var events: [Event] = []
  private var identities: [Fingerprint128] = []
  /// Of each event.
  private var accounts: [Fingerprint128?] = []
  private var admission = Admission()
  private var state = State()
  private var sequence = SequenceNumber.zero
  /// Depends on all that was computed, so that nothing is left out, and is the same on each run.
  private(set) var trace: UInt64 = 0
  /// Held by whoever folds or copies.
  private let sharing = Mutex(())

  init(last: Stage) { self.last = last }

  /// Accounts and messages; the buffers stay.
  func forgetLedger() {
    admission = Admission()
    state = State()
    sequence = .zero
    trace = 0
  }

  /// On any thread.
  func copyAccounts() -> [StateParts.Account] {
    sharing.withLock { _ in (0..<state.accountCount).map { state.account($0) } }
  }

  /// On any thread.
  func copyState() -> State { sharing.withLock { _ in state } }

  func stateBytes() -> [UInt8] {
    var encoder = StateEncoder()
    state.encode(into: &encoder)
    return encoder.bytes
  }

  func run(_ body: ArraySlice<UInt8>) {
    var meters = [StageMeter](repeating: StageMeter(), count: Stage.allCases.count)
    run(body, &meters)
  }

  func run(_ body: ArraySlice<UInt8>, _ meters: inout [StageMeter]) {
    parser.removeAll()
    events.removeAll(keepingCapacity: true)
    identities.removeAll(keepingCapacity: true)
    accounts.removeAll(keepingCapacity: true)
    unsafe body.withUnsafeBytes { unsafe parser.append($0) }
    meters[Stage.parse.rawValue].measure(stageParse)
    guard last >= .check else { return }
    meters[Stage.check.rawValue].measure(stageCheck)
    guard last >= .identity else { return }
    meters[Stage.identity.rawValue].measure(stageIdentity)
    trace = identities.reduce(trace) { $0 &* 31 &+ $1.low }
    guard last >= .admit else { return }
    resolveZones()
    meters[Stage.admit.rawValue].measure(stageAdmit)
    guard last >= .fold else { return }
    sharing.withLock { _ in meters[Stage.fold.rawValue].measure(stageFold) }
    trace = trace &* 31 &+ sequence.rawValue
  }

  @inline(never)
  private func stageParse() {
    do { try parser.parse(.lines) } catch { fatalError("\(error)") }
  }

  @inline(never)
  private func stageCheck() {
    var events: [Event] = []
    swap(&events, &self.events)  // one check of exclusive access, not one an event
    events.reserveCapacity(parser.count)
    do throws(Refusal) {
      try parser.forEach { (_, value, _) throws(Refusal) in events.append(try EventParser.parse(value, from: .client)) }
    } catch {
      fatalError("event \(events.count): \(error)")
    }
    swap(&events, &self.events)
  }

  /// Of each event the fingerprints that the log's indexes keep: of the event, of its account, and of account and message.
  @inline(never)
  private func stageIdentity() {
    let events = events
    var identities: [Fingerprint128] = []
    var accounts: [Fingerprint128?] = []
    var memory = FingerprintMemory()
    swap(&identities, &self.identities)
    swap(&accounts, &self.accounts)
    for event in events {
      identities.append(event.identity(&memory))
      let account = event.account(&memory)
      accounts.append(account)
      if let account, let message = event.data.message { identities.append(Fingerprint128(account, message)) }
    }
    swap(&identities, &self.identities)
    swap(&accounts, &self.accounts)
  }

  @inline(never)
  private func stageAdmit() {
    let (events, accounts) = (events, accounts)
    var admission = Admission()
    swap(&admission, &self.admission)  // one check of exclusive access, not one an event
    var refusedCount: UInt64 = 0
    for index in events.indices {
      if events[index].type.needsAccountOnly, let account = accounts[index], admission.knowsOpen(account) { continue }
      do { try admission.admit(events[index]) } catch { refusedCount += 1 }
    }
    admission.forgetJournal()
    swap(&admission, &self.admission)
    trace &+= refusedCount
  }

  @inline(never)
  private func stageFold() {
    let first = sequence
    unsafe events.withUnsafeBufferPointer { events in
      unsafe state.apply(events) { SequenceNumber(rawValue: first.rawValue + UInt64($0) + 1) }
      sequence = SequenceNumber(rawValue: first.rawValue + UInt64(events.count))
    }
  }

  /// As the daemon does before an account opens, with a zone that has one offset.
  private func resolveZones() {
    for event in events {
      guard let zone = admission.zoneNeeded(by: event) else { continue }
      let resolving = TapeParser()
      let json = """
        {"specversion":"1.0","id":"\(zone)","source":"/waybilld","type":"waybill.zone.resolved",
        "time":"2026-01-01T00:00:00Z","data":{"zone":"\(zone)","transitions":[["1970-01-01T00:00:00Z",-10800]]}}
        """
      do {
        let resolved = try EventParser.parse(resolving.parse(copying: Array(json.utf8)), from: .log)
        try admission.admit(resolved)
        sequence = sequence.next
        sharing.withLock { _ in state.apply(resolved, at: sequence) }
      } catch {
        fatalError("\(error)")
      }
    }
  }
}
