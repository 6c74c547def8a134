import Foundation
import JSONTape
import ReferenceJSON

/// simdjson's own parser, both of its stages, and what it reads written down as ``Dump`` writes.
// @safe: owns its C++ parser and frees it once.
@safe
final class Reference {
  private let reference: OpaquePointer

  init(maxDepth: Int = 64) { unsafe reference = reference_create(maxDepth) }

  deinit { unsafe reference_destroy(reference) }

  /// Nil when the source is refused.
  func dump(_ source: [UInt8], _ form: tape_form) -> [UInt8]? {
    var start: UnsafePointer<UInt8>?
    var count = 0
    let isAccepted = unsafe reference_read(reference, source, source.count, form, &start, &count)
    return isAccepted ? unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)) : nil
  }
}

/// Random JSON, near-JSON and noise, some of it made of real webhooks and events.
// @safe: owns its C++ generator and frees it once.
@safe
final class Inputs {
  private let generator: OpaquePointer

  init(seed: UInt64) throws {
    unsafe generator = generator_create(seed)
    for sample in try RealPayloadTests.payloads() + Self.events() {
      unsafe generator_add_sample(generator, sample, sample.count)
    }
  }

  deinit { unsafe generator_destroy(generator) }

  /// What the translator makes of the webhooks, a line each.
  private static func events() throws -> [[UInt8]] {
    let file = RealPayloadTests.folder.appending(path: "../golden/webhooks.jsonl")
    return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  func next() -> [UInt8] {
    var start: UnsafePointer<UInt8>?
    var count = 0
    unsafe generator_next(generator, &start, &count)
    return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  }

  /// Compares tape and reference on the next `count` inputs, in C++.
  func compared(_ count: Int) -> Comparison { unsafe Comparison(compare_with_reference(generator, 64, count)) }
}

/// What a comparison of many inputs found.
struct Comparison {
  let inputCount, acceptedCount: Int
  /// The first input that was read differently, and how.
  let difference: String?

  init(_ found: comparison) {
    unsafe (inputCount, acceptedCount) = (found.inputs, found.accepted)
    guard unsafe found.differs else {
      difference = nil
      return
    }
    let source = unsafe [UInt8](UnsafeBufferPointer(start: found.bytes, count: found.count))
    let judges = unsafe "simdjson \(found.is_accepted_by_reference), tape \(found.is_accepted_by_tape)"
    difference = unsafe "input \(found.inputs) as form \(found.form.rawValue), accepted: \(judges): \(source)"
  }
}

/// Values as the reference writes them down: by type, numbers and lengths as eight bytes.
struct Dump {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ value: TapeValue) {
    switch value.kind {
    case .null: mark("n")
    case .bool: mark(value.bool! ? "t" : "f")
    case .int64: mark("l", UInt64(bitPattern: value.int64!))
    case .uint64: mark("u", value.uint64!)
    case .double: mark("d", value.double!.bitPattern)
    case .string: append(value.text!)
    case .array:
      mark("[")
      value.forEachElement { append($0) }
      mark("]")
    case .object:
      mark("{")
      value.forEachMember { name, value in
        append(name)
        append(value)
      }
      mark("}")
    }
  }

  /// The events' values, and behind them their bytes joined to a body of the format again.
  mutating func append(_ parser: EventBatchParser, _ format: EventBatchParser.Format) {
    parser.forEach { _, value, _ in append(value) }
    if format == .array { mark("[") }
    parser.forEach { index, _, text in
      if format == .array && index > 0 { mark(",") }
      text.append(to: &bytes)
      if format == .lines { mark("\n") }
    }
    if format == .array { mark("]") }
  }

  mutating func append(_ text: Text) {
    mark("\"", UInt64(text.count))
    text.append(to: &bytes)
  }

  private mutating func mark(_ type: Unicode.Scalar) { bytes.append(UInt8(ascii: type)) }

  private mutating func mark(_ type: Unicode.Scalar, _ number: UInt64) {
    mark(type)
    unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
