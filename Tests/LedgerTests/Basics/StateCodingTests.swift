import Testing

@testable import Ledger

struct StateCodingTests {
  private func encoded(_ body: (inout StateEncoder) -> Void) -> [UInt8] {
    var encoder = StateEncoder()
    body(&encoder)
    return encoder.bytes
  }

  @Test(
    arguments: [
      (0, [0]), (1, [1]), (127, [127]), (128, [128, 1]), (300, [172, 2]), (16_383, [255, 127]),
      (16_384, [128, 128, 1]),
      (UInt64.max, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ] as [(UInt64, [UInt8])])
  func `a number takes seven bits a byte, the lowest first`(value: UInt64, bytes: [UInt8]) throws {
    #expect(encoded { $0.write(value) } == bytes)
    var decoder = StateDecoder(bytes)
    #expect(try decoder.readUInt64() == value)
    #expect(decoder.isAtEnd)
  }

  @Test func `what is handed over in stretches is what is kept at once, and no stretch is long`() {
    let list = ChunkedArray(0..<UInt64(40_000))
    func write(_ encoder: inout StateEncoder) {
      for number in 0..<UInt64(200_000) { encoder.write(number &* 0x9e37_79b9_7f4a_7c15) }
      list.encodeBytes(into: &encoder)
      for flag in 0..<1_000 {
        encoder.write(flag % 3 == 0)
        encoder.write(bytes: "name \(flag)".utf8)
      }
    }
    var stretches: [[UInt8]] = []
    var encoder = StateEncoder { stretch in
      stretches.append(unsafe stretch.withUnsafeBytes { unsafe Array($0) })
    }
    write(&encoder)
    encoder.finish()
    #expect(encoded(write) == Array(stretches.joined()))
    #expect(stretches.count > 3)
    #expect(stretches.allSatisfy { $0.count < 640 << 10 })
    #expect(stretches.dropLast().allSatisfy { $0.count >= 512 << 10 })
    #expect(encoder.bytes.isEmpty)
  }

  @Test(arguments: [(0, [0]), (-1, [1]), (1, [2]), (-64, [127]), (64, [128, 1])] as [(Int64, [UInt8])])
  func `a signed number is zigzag`(value: Int64, bytes: [UInt8]) {
    #expect(encoded { $0.write(value) } == bytes)
  }

  @Test(arguments: [0, 1, -1, 63, -64, 64, -65, Int64.max, Int64.min] as [Int64])
  func `a signed number reads back`(value: Int64) throws {
    var decoder = StateDecoder(encoded { $0.write(value) })
    #expect(try decoder.readInt64() == value)
  }

  @Test(
    arguments: [0, 1, -1, Int128(UInt64.max), Int128(UInt64.max) + 1, -Int128(UInt64.max) - 1, .max, .min] as [Int128])
  func `a total reads back`(value: Int128) throws {
    var decoder = StateDecoder(encoded { $0.write(MicrosTotal(rawValue: value)) })
    #expect(try decoder.readTotal().rawValue == value)
    #expect(decoder.isAtEnd)
  }

  @Test func `everything reads back in order`() throws {
    let bytes = encoded {
      $0.write(true)
      $0.write(false)
      $0.write(UInt8(255))
      $0.write(UInt32.max)
      $0.write(Int32.min)
      $0.write(Timestamp(rawValue: 5))
      $0.write(nil as Timestamp?)
      $0.write(Timestamp(rawValue: 0) as Timestamp?)
      $0.write(Micros(rawValue: -7))
      $0.write(CalendarDay(rawValue: -3))
      $0.write(NameID(rawValue: 9))
      $0.write(SequenceNumber(rawValue: .max))
      $0.write(Fingerprint128(high: .max, low: 1))
      $0.write(bytes: "é".utf8)
      $0.write([3, 4] as [UInt64]) { $0.write($1) }
    }
    var decoder = StateDecoder(bytes)
    #expect(try decoder.readBool())
    #expect(try !decoder.readBool())
    #expect(try decoder.readUInt8() == 255)
    #expect(try decoder.readUInt32() == .max)
    #expect(try decoder.readInt32() == .min)
    #expect(try decoder.readTimestamp().rawValue == 5)
    #expect(try decoder.readOptionalTimestamp() == nil)
    #expect(try decoder.readOptionalTimestamp()?.rawValue == 0)
    #expect(try decoder.readMicros().rawValue == -7)
    #expect(try decoder.readDay().rawValue == -3)
    #expect(try decoder.readName().rawValue == 9)
    #expect(try decoder.readSequence().rawValue == .max)
    #expect(try decoder.readFingerprint() == Fingerprint128(high: .max, low: 1))
    #expect(try Array(decoder.readBytes()) == Array("é".utf8))
    #expect(try decoder.readList { (decoder) throws(StateDecodingError) in try decoder.readUInt64() } == [3, 4])
    #expect(decoder.isAtEnd)
  }

  @Test(
    arguments: [
      [], [128], [255, 255], [255, 255, 255, 255, 255, 255, 255, 255, 255, 255], [UInt8](repeating: 128, count: 20),
    ] as [[UInt8]])
  func `a number without end is refused`(bytes: [UInt8]) {
    var decoder = StateDecoder(bytes)
    #expect(throws: StateDecodingError.self) { try decoder.readUInt64() }
  }

  @Test func `values beyond their width, counts beyond the end and other bits are refused`() {
    var wide = StateDecoder(encoded { $0.write(UInt64(UInt32.max) + 1) })
    #expect(throws: StateDecodingError.self) { try wide.readUInt32() }
    var signed = StateDecoder(encoded { $0.write(Int64(Int32.max) + 1) })
    #expect(throws: StateDecodingError.self) { try signed.readInt32() }
    var truth = StateDecoder([2])
    #expect(throws: StateDecodingError.self) { try truth.readBool() }
    var text = StateDecoder([3, 65, 66])
    #expect(throws: StateDecodingError.self) { try text.readBytes() }
    var list = StateDecoder([3, 0, 0])
    #expect(throws: StateDecodingError.self) {
      try list.readList { (decoder) throws(StateDecodingError) in try decoder.readBool() }
    }
  }

  @Test func `a failure says where`() {
    var decoder = StateDecoder([1, 1, 7])
    #expect(throws: StateDecodingError(byteOffset: 3, reason: "7 instead of yes or no")) {
      for _ in 0..<3 { _ = try decoder.readBool() }
    }
  }
}
