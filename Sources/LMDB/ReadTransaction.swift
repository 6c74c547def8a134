internal import CLMDB

/// One moment of an environment. Old pages are kept while it lives, so a long read takes a new one for each page.
@safe
public struct ReadTransaction: ~Copyable {
  let handle: OpaquePointer
  public let environment: Environment

  public init(_ environment: Environment) throws(LMDBError) {
    unsafe handle = try environment.takeReader()
    self.environment = environment
  }

  deinit { unsafe environment.giveBack(reader: handle) }

  /// A cursor over the table, for as long as this transaction lives.
  public func cursor(_ table: Table) throws(LMDBError) -> Cursor {
    try unsafe Cursor(handle, environment, table)
  }

  public func statistics(_ table: Table) throws(LMDBError) -> TableStatistics {
    try unsafe tableStatistics(handle, environment, table)
  }
}

/// How large a table is.
public struct TableStatistics: Sendable {
  public let entries: Int
  public let branchPages: Int
  public let leafPages: Int
  public let overflowPages: Int
  public let pageSize: Int
  public var byteCount: Int { (branchPages + leafPages + overflowPages) * pageSize }
}

func tableStatistics(
  _ transaction: OpaquePointer, _ environment: Environment, _ table: Table
) throws(LMDBError) -> TableStatistics {
  var found = MDB_stat()
  try unsafe check(mdb_stat(transaction, table.index, &found), "mdb_stat", environment.path)
  return TableStatistics(
    entries: found.ms_entries, branchPages: found.ms_branch_pages, leafPages: found.ms_leaf_pages,
    overflowPages: found.ms_overflow_pages, pageSize: Int(found.ms_psize))
}
