import JSONTape

/// What the daemon says after it put events on disk.
public struct Appended: Hashable, Sendable {
  /// Sequences of the first and last event of the request, as decimal strings; nil for a request without events.
  public var first: String?
  public var last: String?
  /// Events that were new.
  public var appended: Int
  /// Events that were there already, with the same content.
  public var duplicates: Int

  public init(first: String?, last: String?, appended: Int, duplicates: Int) {
    self.first = first
    self.last = last
    self.appended = appended
    self.duplicates = duplicates
  }

  public init(_ body: [UInt8], socket: String) throws(LedgerClientError) {
    let parser = TapeParser()
    defer { withExtendedLifetime(parser) {} }  // the tape is the parser's
    do {
      let json = try parser.parse(copying: body)
      self.init(
        first: json["first"]?.text?.string, last: json["last"]?.text?.string,
        appended: Int(json["appended"]?.int64 ?? 0), duplicates: Int(json["duplicates"]?.int64 ?? 0))
    } catch {
      throw .interrupted(socket: socket, reason: "its answer is not JSON (\(error.reason))")
    }
  }
}
