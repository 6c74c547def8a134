import EventLog
import HummingbirdCore
import JSONTape
import Ledger
import LedgerEngine
import NIOCore

extension Daemon {
  func checkRoutes() -> [Route] {
    [
      Route(
        method: .post, path: "/v1/backups",
        summary: "Copy the log into a new file, while the daemon works: {\"path\": \"/…\"}.",
        role: .admin, accepts: ["application/json"], refusals: [409, 413, 422, 507], respond: backUp),
      Route(
        method: .post, path: "/v1/verify",
        summary:
          "Check every block and the tree, fold again from zero and compare; progress, then the result, one a line.",
        role: .audit, answers: [.lines], respond: verify),
    ]
  }

  // MARK: Backup

  @Sendable private func backUp(_ call: Call) async throws -> Response {
    let engine = try engine()
    let body = try await call.collectBody(upTo: 65_536, in: bodies)
    let path = try Self.path(in: body.bytes)
    let report = try await Self.backUp(engine, to: path)
    return .json(
      JSONWriter.object { json in
        json.member("path", path)
        json.member("records", String(report.recordCount))
        json.member("bytes", report.fileByteCount)
        json.member("root", report.root.description)
      })
  }

  private static func backUp(_ engine: Engine, to path: String) async throws -> VerifyReport {
    do {
      return try await engine.backUp(to: path)
    } catch let error as LogError {
      switch error {
      case .occupied: throw Problem(409, "occupied", error.message, remedy: error.remedy)
      case .diskFull: throw Problem(507, "disk_full", error.message, remedy: "make room, or choose another disk")
      case .storage:
        throw Problem(422, "backup_failed", error.message, remedy: "check that the daemon's user may write there")
      default: throw Problem(500, error.code, error.message, remedy: error.remedy)
      }
    }
  }

  private static func path(in body: [UInt8]) throws(Problem) -> String {
    let remedy = "send {\"path\": \"/absolute/path/of/a/new/file\"}"
    let value: TapeValue
    let parser = TapeParser(maxDepth: 8)
    do throws(JSONError) {
      value = try parser.parse(copying: body)
    } catch {
      throw Problem(400, "malformed", "the body is not JSON: \(error)", remedy: remedy)
    }
    guard let path = value["path"]?.text?.string else {
      var problem = Problem(400, "missing_member", "/path is missing or not a string", remedy: remedy)
      problem.pointer = "/path"
      throw problem
    }
    guard path.hasPrefix("/"), !path.utf8.contains(0) else {
      var problem = Problem(422, "bad_value", "/path is \"\(path)\", not an absolute path", remedy: remedy)
      problem.pointer = "/path"
      throw problem
    }
    return path
  }

  // MARK: Verification

  @Sendable private func verify(_ call: Call) async throws -> Response {
    let engine = try engine()
    return .stream(.lines) { writer in
      let (lines, input) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(4))
      async let last = Self.verify(engine, reportingTo: input)
      for await line in lines { try await writer.write(ByteBuffer(bytes: line)) }
      try await writer.write(ByteBuffer(bytes: await last))
    }
  }

  private static func verify(_ engine: Engine, reportingTo input: AsyncStream<[UInt8]>.Continuation) async -> [UInt8] {
    defer { input.finish() }
    do {
      let report = try await engine.verify { checked, of in
        input.yield(Array("{\"checked\":\(checked),\"of\":\(of)}\n".utf8))
      }
      return report.json
    } catch {
      return JSONWriter.object { json in
        json.member("ok", false)
        json.member("problem", "\(error)")
      } + [10]
    }
  }
}

extension VerificationReport {
  fileprivate var json: [UInt8] {
    JSONWriter.object { json in
      json.member("ok", problem == nil)
      json.member("problem", problem)
      json.member("records", String(log.recordCount))
      json.member("root", log.root.description)
      json.member("digest", digest)
      json.member("daemon_digest", daemonDigest)
    } + [10]
  }
}
