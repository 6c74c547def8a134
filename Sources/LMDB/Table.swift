internal import CLMDB

/// A named B-tree of an environment, whose keys are `UInt64` in the order of the machine (`MDB_INTEGERKEY`) or bytes.
public struct Table: Sendable {
  let index: UInt32
  public let name: String
}

extension WriteTransaction {
  /// Opens a table, and creates it when it is not there. The table may be used by others after the commit.
  public func openTable(_ name: String, integerKeys: Bool) throws(LMDBError) -> Table {
    let flags = UInt32(MDB_CREATE) | (integerKeys ? UInt32(MDB_INTEGERKEY) : 0)
    return try unsafe Table(index: openIndex(handle, name, flags, environment.path), name: name)
  }
}

extension Environment {
  /// Opens a table for reading, or gives nil when it is not there.
  ///
  /// LMDB asks that no other transaction of the process opens a table at the same time.
  public func openTable(_ name: String, integerKeys: Bool) throws(LMDBError) -> Table? {
    var begun: OpaquePointer?
    try unsafe check(mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &begun), "mdb_txn_begin", path)
    do {
      let flags: UInt32 = integerKeys ? UInt32(MDB_INTEGERKEY) : 0
      let table = try unsafe Table(index: openIndex(begun!, name, flags, path), name: name)
      // The table stays open after a commit only, even of a transaction that wrote nothing.
      try unsafe check(mdb_txn_commit(begun), "mdb_txn_commit", path)
      return table
    } catch {
      if error.operation == "mdb_dbi_open" { unsafe mdb_txn_abort(begun) }
      if error.code == MDB_NOTFOUND { return nil }
      throw error
    }
  }
}

private func openIndex(
  _ transaction: OpaquePointer, _ name: String, _ flags: UInt32, _ path: String
) throws(LMDBError) -> UInt32 {
  var index: UInt32 = 0
  try unsafe check(mdb_dbi_open(transaction, name, flags, &index), "mdb_dbi_open", "\(path), table \(name)")
  return index
}
