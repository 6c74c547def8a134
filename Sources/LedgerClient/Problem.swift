import JSONTape

/// What the daemon answers when it does not do what was asked: RFC 9457, with the next step and the place.
public struct Problem: Error, Hashable, Sendable {
  public var status: Int
  public var type: String?
  public var title: String?
  public var detail: String?
  public var remedy: String?
  /// Which event of the request, from 0.
  public var index: Int?
  /// Which field of the event, as a JSON pointer.
  public var pointer: String?
  /// Seconds to wait before the next try.
  public var retryAfter: Int?

  public init(status: Int, type: String? = nil, title: String? = nil, detail: String? = nil, remedy: String? = nil) {
    self.status = status
    self.type = type
    self.title = title
    self.detail = detail
    self.remedy = remedy
  }

  /// Reads an answer's body; one that is no problem JSON still makes a problem, of its status and its first line.
  public init(status: Int, body: [UInt8], retryAfter: Int? = nil) {
    self.init(status: status)
    self.retryAfter = retryAfter
    let parser = TapeParser()
    defer { withExtendedLifetime(parser) {} }  // the tape is the parser's
    do {
      let json = try parser.parse(copying: body)
      guard json.isObject else { return }
      type = json["type"]?.text?.string
      title = json["title"]?.text?.string
      detail = json["detail"]?.text?.string
      remedy = json["remedy"]?.text?.string
      index = json["index"]?.int64.map(Int.init)
      pointer = json["pointer"]?.text?.string
    } catch {
      let line = body.prefix { $0 != UInt8(ascii: "\n") }.prefix(200)
      if !line.isEmpty { detail = String(decoding: line, as: UTF8.self) }
    }
  }

  /// What is wrong, in a sentence without the place.
  public var sentence: String { detail ?? title ?? "The daemon answered with status \(status) and no reason." }

  /// What to do next: the daemon's own word, else what the status says.
  public var nextStep: String {
    if let remedy { return remedy }
    switch status {
    case 400: return "Correct the request and send it again; INTERFACE.md says what each field holds."
    case 401, 403: return "Ask the daemon's owner for the role this needs (`roles` in its configuration)."
    case 404: return "Check the name: `waybill accounts` lists the accounts, `waybill log --account A` its records."
    case 405, 501: return "This daemon does not offer that; see its version with `waybill doctor`."
    case 409: return "Look at what is there already: `waybill log`."
    case 413: return "Send fewer or smaller events: a request may have 16 MiB, an event 64 KiB."
    case 503: return "The daemon is busy: try again in a moment."
    case 507: return "Free some space on the daemon's disk; it takes events again by itself."
    default:
      return status >= 500 ? "Look at the daemon's log; `waybill doctor` shows its state." : "Correct it and try again."
    }
  }
}
