/// The states of all accounts. A copy shares them; the first change to an account that another copy holds copies that
/// account's spine, and of its records the chunks that are written to.
// @unchecked Sendable: a box is written only through a list that is its one owner.
@safe
struct Accounts: @unchecked Sendable {
  @safe
  private final class Box {
    let state: UnsafeMutablePointer<AccountState>

    init(_ state: AccountState) {
      unsafe self.state = .allocate(capacity: 1)
      unsafe self.state.initialize(to: state)
    }

    deinit {
      unsafe state.deinitialize(count: 1)
      unsafe state.deallocate()
    }
  }

  private var boxes: [Box] = []

  init() {}

  mutating func append(_ account: AccountState) { boxes.append(Box(account)) }

  subscript(index: Int) -> AccountState {
    @inline(__always)
    _read {
      yield unsafe boxes[index].state.pointee
    }
    @inline(__always)
    _modify {
      if !isKnownUniquelyReferenced(&boxes[index]) { boxes[index] = unsafe Box(boxes[index].state.pointee) }
      yield unsafe &boxes[index].state.pointee
    }
  }
}

extension Accounts: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { boxes.count }
}
