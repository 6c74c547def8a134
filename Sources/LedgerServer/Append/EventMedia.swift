import JSONTape
import Ledger
import LedgerEngine
import NIOHTTP1

/// How events stand in a request: whole in the body, or (CloudEvents' binary mode) as header fields with the data as body.
enum EventMedia {
  case structured(EventBatchParser.Format)
  case binary([(name: String, value: String)])

  static let types = [
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/x-ndjson", "application/json",
  ]

  init(_ contentType: String?, _ fields: HTTPHeaders) throws(Problem) {
    let type = Call.mediaType(contentType)
    switch type {
    case "application/cloudevents+json": self = .structured(.single)
    case "application/cloudevents-batch+json": self = .structured(.array)
    case "application/x-ndjson": self = .structured(.lines)
    case "application/json", nil:
      let attributes = try Self.attributes(fields)
      guard !attributes.isEmpty else { throw Self.unsupported(type) }
      self = .binary(attributes)
    default: throw Self.unsupported(type)
    }
  }

  private static func unsupported(_ type: String?) -> Problem {
    Problem(
      415, "unsupported_media_type", type.map { "\($0) is not a form of events" } ?? "the request has no Content-Type",
      remedy:
        "send \(types.dropLast().joined(separator: ", ")), or binary mode: application/json with ce- header fields")
  }

  /// The `ce-` fields. Values are percent-encoded UTF-8, perhaps in quotes.
  private static func attributes(_ fields: HTTPHeaders) throws(Problem) -> [(name: String, value: String)] {
    var attributes: [(name: String, value: String)] = []
    for field in fields where field.name.utf8.prefix(3).elementsEqual("ce-".utf8, by: { $0 | 0x20 == $1 | 0x20 }) {
      var value = field.value[...]
      if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
      let name = field.name.dropFirst(3).lowercased()
      guard let decoded = Query.decode(value), !attributes.contains(where: { $0.name == name }), name != "data" else {
        throw Problem(
          400, "bad_header", "the field \(field.name) is not one percent-encoded UTF-8 value",
          remedy: "send it once, encoded")
      }
      attributes.append((name, decoded))
    }
    return attributes
  }
}

extension Submission {
  /// Makes the one event of a binary request: the attributes, and the body as its data.
  func append(attributes: [(name: String, value: String)], data: [UInt8]) throws(Refusal) {
    do throws(JSONError) {
      _ = try TapeParser(maxDepth: 64).parse(copying: data)  // so that it is one value, and none of it an attribute
    } catch {
      throw Refusal(
        .malformed, status: 400, "the body is not JSON: \(error)", remedy: "send the event's data as a JSON object")
    }
    var event: [UInt8] = [UInt8(ascii: "{")]
    for (name, value) in attributes {
      JSONWriter.appendString(name.utf8, to: &event)
      event.append(UInt8(ascii: ":"))
      JSONWriter.appendString(value.utf8, to: &event)
      event.append(UInt8(ascii: ","))
    }
    event += #""data":"#.utf8
    append(contentsOf: event + data + [UInt8(ascii: "}")])
  }
}
