internal import LMDB

/// The tables of a ``CheckpointStore``.
struct CheckpointTables {
  let meta: Table
  let heads: Table
  let kept: Table
  let parts: Table
  let pieces: Table

  /// Opens them, or makes them.
  init(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
    meta = try transaction.openTable("meta", integerKeys: true)
    heads = try transaction.openTable("heads", integerKeys: true)
    kept = try transaction.openTable("kept", integerKeys: true)
    parts = try transaction.openTable("parts", integerKeys: true)
    pieces = try transaction.openTable("pieces", integerKeys: true)
  }

  var all: [Table] { [meta, heads, kept, parts, pieces] }

  /// What a part is made of; nil when it is missing or altered.
  func list(ofPart number: UInt64, _ transaction: borrowing ReadTransaction) throws(LMDBError) -> PieceList? {
    var cursor = try transaction.cursor(parts)
    guard try cursor.move(.exactly(number)) != nil else { return nil }
    return unsafe cursor.withValue { unsafe PieceList(ofPart: number, value: $0) }
  }
}
