internal import CLMDB

/// A place in a table with `UInt64` keys. It must not outlive its transaction.
@safe
public struct Cursor: ~Copyable {
  private let handle: OpaquePointer
  private let path: String
  private let table: Table
  private var value = unsafe MDB_val()

  init(_ transaction: OpaquePointer, _ environment: Environment, _ table: Table) throws(LMDBError) {
    var opened: OpaquePointer?
    try unsafe check(mdb_cursor_open(transaction, table.index, &opened), "mdb_cursor_open", environment.path)
    unsafe handle = opened!
    path = environment.path
    self.table = table
  }

  deinit { unsafe mdb_cursor_close(handle) }

  /// Where to move to.
  public enum Move: Sendable, Equatable {
    case first, last, next, previous
    case exactly(UInt64)
    /// The first key that is not below this one.
    case notBelow(UInt64)
    /// The last key that is not above this one.
    case notAbove(UInt64)
  }

  /// Moves, and gives the key found there, or nil when there is none.
  public mutating func move(_ move: Move) throws(LMDBError) -> UInt64? {
    switch move {
    case .first: return try get(MDB_FIRST)
    case .last: return try get(MDB_LAST)
    case .next: return try get(MDB_NEXT)
    case .previous: return try get(MDB_PREV)
    case .exactly(let key): return try seek(key, MDB_SET_KEY)
    case .notBelow(let bound): return try seek(bound, MDB_SET_RANGE)
    case .notAbove(let bound):
      guard let found = try seek(bound, MDB_SET_RANGE) else { return try get(MDB_LAST) }
      return found == bound ? found : try get(MDB_PREV)
    }
  }

  /// Calls `body` with the value where the cursor last found a key; the bytes are valid inside it only.
  @inline(__always)
  public func withValue<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try unsafe body(UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size))
  }

  private mutating func seek(_ bound: UInt64, _ operation: MDB_cursor_op) throws(LMDBError) -> UInt64? {
    var bound = bound
    var key = unsafe MDB_val()
    let code = unsafe withUnsafeMutableBytes(of: &bound) { bytes in
      unsafe key = MDB_val(mv_size: bytes.count, mv_data: bytes.baseAddress)
      return unsafe mdb_cursor_get(handle, &key, &value, operation)
    }
    return try unsafe found(code, key)
  }

  private mutating func get(_ operation: MDB_cursor_op) throws(LMDBError) -> UInt64? {
    var key = unsafe MDB_val()
    let code = unsafe mdb_cursor_get(handle, &key, &value, operation)
    return try unsafe found(code, key)
  }

  private func found(_ code: Int32, _ key: MDB_val) throws(LMDBError) -> UInt64? {
    if code == MDB_NOTFOUND { return nil }
    try check(code, "mdb_cursor_get", "\(path), table \(table.name)")
    guard unsafe key.mv_size == 8 else {
      throw LMDBError(
        refusing: path, because: "a key of table \(table.name) has another length than 8 bytes",
        remedy: "The file is damaged: restore a backup.")
    }
    return unsafe key.mv_data.loadUnaligned(as: UInt64.self)
  }
}
