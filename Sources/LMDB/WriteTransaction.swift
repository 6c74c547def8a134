internal import CLMDB

/// The one write transaction an environment can have at a time. It stays on the thread that began it, and is taken
/// back when it is dropped without `commit()`.
@safe
public struct WriteTransaction: ~Copyable {
  let handle: OpaquePointer
  /// Retained; only what is trivially destroyed allows `discard self`.
  private let owner: Unmanaged<Environment>
  public var environment: Environment { unsafe owner.takeUnretainedValue() }

  /// Waits while another write transaction is open.
  public init(_ environment: Environment) throws(LMDBError) {
    var begun: OpaquePointer?
    try unsafe check(mdb_txn_begin(environment.handle, nil, 0, &begun), "mdb_txn_begin", environment.path)
    unsafe handle = begun!
    unsafe owner = .passRetained(environment)
  }

  deinit {
    unsafe mdb_txn_abort(handle)
    unsafe owner.release()
  }

  /// Makes everything of this transaction durable. When it throws, nothing of it is there, except after a failed
  /// write of LMDB's meta page (`MDB_PANIC` from then on), when only reopening tells.
  public consuming func commit() throws(LMDBError) {
    let handle = unsafe handle
    let environment = unsafe owner.takeRetainedValue()
    discard self
    try unsafe check(mdb_txn_commit(handle), "mdb_txn_commit", environment.path)
  }

  /// Puts a value, replacing one that is there.
  public func put(_ table: Table, _ key: UInt64, _ bytes: UnsafeRawBufferPointer) throws(LMDBError) {
    try unsafe put(table, key, bytes, 0)
  }

  /// Puts a value behind all others; a key that is not above every other one is an error.
  public func append(_ table: Table, _ key: UInt64, _ bytes: UnsafeRawBufferPointer) throws(LMDBError) {
    try unsafe put(table, key, bytes, UInt32(MDB_APPEND))
  }

  private func put(
    _ table: Table, _ key: UInt64, _ bytes: UnsafeRawBufferPointer, _ flags: UInt32
  ) throws(LMDBError) {
    var key = key
    let code = unsafe withUnsafeMutableBytes(of: &key) { keyBytes in
      var key = unsafe MDB_val(mv_size: keyBytes.count, mv_data: keyBytes.baseAddress)
      var value = unsafe MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return unsafe mdb_put(handle, table.index, &key, &value, flags)
    }
    try check(code, "mdb_put", "\(environment.path), table \(table.name)")
  }

  /// Puts a value of `byteCount` bytes that `fill` writes straight into its page.
  public func put(
    _ table: Table, _ key: UInt64, byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(LMDBError) {
    var key = key
    var value = unsafe MDB_val(mv_size: byteCount, mv_data: nil)
    let code = unsafe withUnsafeMutableBytes(of: &key) { keyBytes in
      var key = unsafe MDB_val(mv_size: keyBytes.count, mv_data: keyBytes.baseAddress)
      return unsafe mdb_put(handle, table.index, &key, &value, UInt32(MDB_RESERVE))
    }
    try check(code, "mdb_put", "\(environment.path), table \(table.name)")
    unsafe fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: byteCount))
  }

  /// Removes a key; false when it was not there.
  @discardableResult
  public func remove(_ table: Table, _ key: UInt64) throws(LMDBError) -> Bool {
    var key = key
    let code = unsafe withUnsafeMutableBytes(of: &key) { keyBytes in
      var key = unsafe MDB_val(mv_size: keyBytes.count, mv_data: keyBytes.baseAddress)
      return unsafe mdb_del(handle, table.index, &key, nil)
    }
    if code == MDB_NOTFOUND { return false }
    try check(code, "mdb_del", "\(environment.path), table \(table.name)")
    return true
  }

  /// Removes every key of the table.
  public func removeAll(_ table: Table) throws(LMDBError) {
    try unsafe check(mdb_drop(handle, table.index, 0), "mdb_drop", "\(environment.path), table \(table.name)")
  }

  /// A cursor over the table, for as long as this transaction lives.
  public func cursor(_ table: Table) throws(LMDBError) -> Cursor {
    try unsafe Cursor(handle, environment, table)
  }

  public func statistics(_ table: Table) throws(LMDBError) -> TableStatistics {
    try unsafe tableStatistics(handle, environment, table)
  }
}
