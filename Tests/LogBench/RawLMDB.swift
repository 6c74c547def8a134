import CLMDB
import Foundation

/// The floor that a commit is measured against: LMDB with full durability and nothing around it.
@safe
final class RawLMDB {
  private let environment: OpaquePointer
  private var count: UInt64 = 0

  init(_ folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var created: OpaquePointer?
    unsafe Self.check(mdb_env_create(&created))
    unsafe environment = created!
    unsafe Self.check(mdb_env_set_mapsize(environment, 64 << 30))
    unsafe Self.check(mdb_env_open(environment, folder, 0, 0o600))
  }

  deinit { unsafe mdb_env_close(environment) }

  /// One value, one durable commit.
  func put(_ record: [UInt8]) {
    var transaction: OpaquePointer?
    var table: MDB_dbi = 0
    unsafe Self.check(mdb_txn_begin(environment, nil, 0, &transaction))
    unsafe Self.check(mdb_dbi_open(transaction, nil, UInt32(MDB_INTEGERKEY), &table))
    count += 1
    unsafe withUnsafeMutableBytes(of: &count) { keyBytes in
      unsafe record.withUnsafeBytes { bytes in
        var key = unsafe MDB_val(mv_size: 8, mv_data: keyBytes.baseAddress)
        var value = unsafe MDB_val(
          mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        unsafe Self.check(mdb_put(transaction, table, &key, &value, UInt32(MDB_APPEND)))
      }
    }
    unsafe Self.check(mdb_txn_commit(transaction))
  }

  private static func check(_ code: Int32) { unsafe precondition(code == 0, String(cString: mdb_strerror(code))) }
}
