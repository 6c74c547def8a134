/// The states of all accounts. A copy shares them; the first change to an account that another copy holds copies that
/// account's spine, and of its records the chunks that are written to.
// @unchecked Sendable: a box is written only through a list that is its one owner.
@safe
struct Accounts: @unchecked Sendable {
  @safe
  final class Box: @unchecked Sendable {
    fileprivate let state: UnsafeMutablePointer<AccountState>

    init(_ state: consuming AccountState) {
      unsafe self.state = .allocate(capacity: 1)
      unsafe self.state.initialize(to: state)
    }

    deinit {
      unsafe state.deinitialize(count: 1)
      unsafe state.deallocate()
    }
  }

  /// In pages, so that the first change after a copy is not the one that takes note of all accounts.
  private var pages: [[Box]] = []
  private(set) var count = 0

  init() {}

  private static var pageCapacity: Int { 128 }

  mutating func append(_ account: consuming AccountState) { append(Box(account)) }

  mutating func append(_ account: Box) {
    if count % Self.pageCapacity == 0 { pages.append([]) }
    pages[pages.count - 1].append(account)
    count += 1
  }

  subscript(index: Int) -> AccountState {
    @inline(__always)
    _read {
      yield unsafe pages[index / Self.pageCapacity][index % Self.pageCapacity].state.pointee
    }
    @inline(__always)
    _modify {
      let (page, place) = (index / Self.pageCapacity, index % Self.pageCapacity)
      if !isKnownUniquelyReferenced(&pages[page][place]) {
        pages[page][place] = unsafe Box(pages[page][place].state.pointee)
      }
      yield unsafe &pages[page][place].state.pointee
    }
  }
}

extension Accounts: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { count }
}
