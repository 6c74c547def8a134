/// Reads an LMDB data file by itself, before LMDB maps it: LMDB trusts every page, so a damaged one ends the process.
public enum DataFile {
  /// Refuses a file that is no LMDB file.
  static func check(_ path: String) throws(LMDBError) {}
}
