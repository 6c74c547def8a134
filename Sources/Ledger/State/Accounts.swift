/// The states of all accounts. A copy shares them; the first change to an account that another copy holds copies that
/// account's spine, and of its records the chunks that are written to.
// @unchecked Sendable: a box is written only through a list that is its one owner.
@safe
struct Accounts: @unchecked Sendable {
  /// One account, which lies in the object itself, behind its head: found with one look at memory.
  @safe
  struct Box: @unchecked Sendable {
    fileprivate final class Storage: ManagedBuffer<Void, AccountState> {
      deinit {
        _ = unsafe withUnsafeMutablePointerToElements { unsafe $0.deinitialize(count: 1) }
      }
    }

    fileprivate var storage: Storage

    init(_ state: consuming AccountState) {
      storage = unsafe unsafeDowncast(Storage.create(minimumCapacity: 1) { _ in () }, to: Storage.self)
      unsafe self.state.initialize(to: state)
    }

    /// Copies the account, unless nobody else has it.
    @inline(__always)
    mutating func makeSole() {
      if !isKnownUniquelyReferenced(&storage) { self = copy() }
    }

    @inline(never)
    private func copy() -> Box { withState { Box($0) } }

    /// Lends the account where it lies, and keeps it there meanwhile: whoever else has it may let go of it at any time.
    @inline(__always)
    func withState<Result>(_ body: (inout AccountState) -> Result) -> Result {
      unsafe storage.withUnsafeMutablePointerToElements { unsafe body(&$0.pointee) }
    }

    /// Where the account lies as long as somebody has the box, which this does not.
    @inline(__always)
    fileprivate var state: UnsafeMutablePointer<AccountState> {
      unsafe storage.withUnsafeMutablePointerToElements { unsafe $0 }
    }
  }

  /// In pages, so that the first change after a copy is not the one that takes note of all accounts. Nil for an account
  /// that was not read yet.
  private var pages: [[Box?]] = []
  private(set) var count = 0
  private(set) var absentCount = 0

  init() {}

  private static var pageCapacity: Int { 128 }

  mutating func append(_ account: consuming AccountState) { append(Box(account)) }

  mutating func append(_ account: Box) { append(place: account) }

  /// Makes a place for an account that is ``add(_:at:)``ed later.
  mutating func appendAbsent() {
    append(place: nil)
    absentCount += 1
  }

  private mutating func append(place: Box?) {
    if count % Self.pageCapacity == 0 { pages.append([]) }
    pages[pages.count - 1].append(place)
    count += 1
  }

  /// Puts an account where it was absent.
  mutating func add(_ account: Box, at index: Int) {
    precondition(isAbsent(index), "account \(index) is there already")
    pages[index / Self.pageCapacity][index % Self.pageCapacity] = account
    absentCount -= 1
  }

  /// Makes an account absent.
  mutating func remove(_ index: Int) {
    precondition(!isAbsent(index), "account \(index) is not there")
    pages[index / Self.pageCapacity][index % Self.pageCapacity] = nil
    absentCount += 1
  }

  func box(_ index: Int) -> Box { pages[index / Self.pageCapacity][index % Self.pageCapacity]! }

  func isAbsent(_ index: Int) -> Bool { pages[index / Self.pageCapacity][index % Self.pageCapacity] == nil }

  /// Where an account lies until the next change.
  /// - Precondition: it is not absent, here and wherever an account is looked at or changed.
  @inline(__always)
  func pointer(to index: Int) -> UnsafeMutablePointer<AccountState> {
    unsafe pages[index / Self.pageCapacity][index % Self.pageCapacity]!.state
  }

  subscript(index: Int) -> AccountState {
    @inline(__always)
    _read {
      yield unsafe pages[index / Self.pageCapacity][index % Self.pageCapacity]!.state.pointee
    }
    @inline(__always)
    _modify {
      let (page, place) = (index / Self.pageCapacity, index % Self.pageCapacity)
      pages[page][place]!.makeSole()
      yield unsafe &pages[page][place]!.state.pointee
    }
  }
}

extension Accounts: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { count }
}
