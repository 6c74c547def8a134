import EventLog
import LedgerEngine
import WaybillTables

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension LogError: Explained {
  var failure: Failure { Failure(message, remedy) }
}

/// What can be said of a data folder or a backup file without a daemon.
enum Offline {
  /// The same members as the daemon's verdict, without the running state's digest.
  static func verify(_ path: String, _ progress: inout Progress) throws -> JSONValue {
    let report = try OfflineLog(path).verify { done, total in progress.show(Int(done), of: Int(total), "records") }
    progress.end()
    var members: [JSONValue.Member] = [.init("ok", .bool(report.problem == nil))]
    if let problem = report.problem { members.append(.init("problem", .string(problem))) }
    members.append(.init("records", .string(String(report.log.recordCount))))
    members.append(.init("root", .string(report.log.root.description)))
    if let digest = report.digest { members.append(.init("digest", .string(digest))) }
    return .object(members)
  }

  /// What the doctor sees in a folder.
  static func checks(_ path: String) throws(LogError) -> [Check] {
    let log = try OfflineLog(path)
    var checks = [
      Check("format", .ok, "the log can be read"), Check("records", .ok, String(log.lastSequence)),
    ]
    if let free = freeBytes(path) {
      let state: Check.State = free < 256e6 ? .bad : free < 2e9 ? .warning : .ok
      checks.append(Check("disk", state, "\(Metrics.bytes(free)) free"))
    }
    checks.append(Check("content", .ok, "not looked at here; waybill verify --data \(path) does"))
    return checks
  }

  private static func freeBytes(_ path: String) -> Double? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    return Double(status.f_bavail) * Double(status.f_frsize)
  }
}
