internal import JSONTape

/// What a `whatsapp.kept` of the log holds, put together again from its parts.
public struct KeptUpdate: Sendable {
  public let reason: KeptReason
  public let field: String?
  /// A webhook body with this update alone, as JSON.
  public let body: [UInt8]

  /// - Parameter records: `whatsapp.kept` events, one JSON object each, in the order of the log. Other events are passed
  ///   over, and so are updates of which a part is missing.
  public static func read(_ records: some Sequence<[UInt8]>) -> [KeptUpdate] {
    let parser = TapeParser()
    return withExtendedLifetime(parser) {
      var updates: [KeptUpdate] = []
      var parts: [String: [Int: String]] = [:]
      for record in records {
        guard let event = try? parser.parse(copying: record), event["type"]?.text == "waybill.whatsapp.kept",
          let data = event["data"], let reason = data["reason"]?.nonEmpty.flatMap(KeptReason.init),
          let body = data["body"]
        else { continue }
        guard let count = data["parts"]?.int64, let number = data["part"]?.int64, let update = data["update"]?.nonEmpty
        else {
          updates.append(KeptUpdate(reason: reason, field: data["field"]?.nonEmpty, body: body.compactJSON))
          continue
        }
        parts[update, default: [:]][Int(number)] = body.text?.string ?? ""
        guard let found = parts[update], found.count == count else { continue }
        let whole = found.sorted { $0.key < $1.key }.map(\.value).joined()
        updates.append(KeptUpdate(reason: reason, field: data["field"]?.nonEmpty, body: Array(whole.utf8)))
        parts[update] = nil
      }
      return updates
    }
  }
}

extension WebhookTranslator {
  /// What kept updates become now that more is known: an account for an unclaimed number, a newer translator.
  ///
  /// Conflicts stay what they are. What would be kept again is left out.
  /// - Parameter records: `whatsapp.kept` events of the log.
  public static func retranslate(
    kept records: some Sequence<[UInt8]>, accountOf: AccountLookup
  ) -> [TranslatedEvent] {
    var events: [TranslatedEvent] = []
    for update in KeptUpdate.read(records) where update.reason != .conflict {
      guard let translated = try? translate(body: update.body, accountOf: accountOf) else { continue }
      events += translated.filter { !$0.isKept }
    }
    return events
  }
}
