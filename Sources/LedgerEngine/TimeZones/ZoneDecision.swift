import JSONTape
import Ledger

extension Submission {
  /// The daemon's own event, from its bytes.
  static func decision(_ bytes: [UInt8]) throws(Refusal) -> Submission {
    let submission = Submission()
    submission.append(contentsOf: bytes)
    try submission.check(.single, from: .log)
    return submission
  }

  /// The `zone.resolved` event that makes the offsets of `zone` part of the log.
  /// - Throws: when the system's tzdata has no such zone.
  static func resolving(_ zone: Text, for event: Event, at now: Timestamp, cause: UInt64) throws(Refusal) -> Submission
  {
    let name = zone.string
    guard let transitions = SystemZones.transitions(of: name) else {
      throw Refusal(
        .unknownZone, status: 422, "\(name) is not a time zone that this system knows",
        remedy: "name a zone of the IANA database such as America/Sao_Paulo, or install the package tzdata",
        pointer: event.type == .accountOpened ? "/data/time_zone" : "/data/business_hours/zone")
    }
    var json = JSONWriter()
    json.beginObject()
    json.key("specversion")
    json.string("1.0")
    json.key("id")
    json.string("zone.resolved:\(name):\(cause)")
    json.key("source")
    json.string(EventParser.daemonSource.string)
    json.key("type")
    json.string(EventType.zoneResolved.name)
    json.key("time")
    json.instant(now)
    json.key("data")
    json.beginObject()
    json.key("zone")
    json.string(name)
    json.key("transitions")
    json.beginArray()
    for transition in transitions {
      json.beginArray()
      json.instant(Timestamp(seconds: transition.at))
      json.number(transition.offsetSeconds)
      json.endArray()
    }
    json.endArray()
    json.key("cause")
    json.string(String(cause))
    json.endObject()
    json.endObject()
    return try decision(json.bytes)
  }
}
