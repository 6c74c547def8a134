import Testing

@testable import Ledger

/// What the days keep, against a desk that keeps each day by itself.
@Suite struct DeskDaysTests {
  /// The days as they are meant: each with lists of its own.
  private struct Plain {
    struct Day {
      var samples: [DeskSample] = []
      var sent: [Int: UInt32] = [:]
      var handled: Set<UInt64> = []
    }
    var days: [CalendarDay: Day] = [:]

    /// The canonical bytes.
    var bytes: [UInt8] {
      var encoder = StateEncoder()
      encoder.write(days.count)
      for (day, done) in days.sorted(by: { $0.key < $1.key }) {
        encoder.write(day)
        encoder.write((0..<1 + (done.sent.keys.max() ?? -1)).map { done.sent[$0] ?? 0 }) { $0.write($1) }
        var last: UInt64 = 0
        encoder.write(done.handled.sorted()) { encoder, key in
          encoder.write(key - last)
          last = key
        }
        var time: Int64 = 0
        encoder.write(done.samples) { $1.encode(into: &$0, after: &time) }
      }
      return encoder.bytes
    }
  }

  private struct Scene {
    var names = Names()
    var pairs = Pairs()
    var contacts = ContactBook()
    var days = DeskDays()
    var plain = Plain()
    static let agentCount = 9
    static let first = CalendarDay(year: 2026, month: 3, day: 1)!

    init() {
      let number = names.intern(lasting("n1"))
      for contact in 0..<40 {
        let name = ContactName(phone: nil, user: lasting("u\(contact)"))
        _ = pairs.intern(number: number, contact: contacts.resolve(name).contact)
      }
    }

    /// Most things happen on the newest day, some on one long over.
    mutating func step(_ random: inout SeededGenerator, newest: Int) {
      let back = Int.random(in: 0..<5, using: &random) == 0 ? Int.random(in: 0...newest, using: &random) : 0
      let day = Self.first.advanced(days: Int32(newest - back))
      let slot = Int.random(in: 0..<Self.agentCount, using: &random)
      let pair = PairID(rawValue: UInt32.random(in: 0..<40, using: &random))
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        days.countSent(slot: slot, on: day)
        plain.days[day, default: Plain.Day()].sent[slot, default: 0] += 1
      case 1:
        days.countHandled(pair, slot: slot, on: day)
        plain.days[day, default: Plain.Day()].handled.insert(UInt64(slot) << 32 | UInt64(pair.rawValue))
      default:
        let sample = sample(of: pair, &random)
        days.append(sample, on: day)
        plain.days[day, default: Plain.Day()].samples.append(sample)
      }
    }

    private func sample(of pair: PairID, _ random: inout SeededGenerator) -> DeskSample {
      let began = Int64.random(in: 0..<2_000_000_000_000_000, using: &random)
      return DeskSample(
        began: Timestamp(rawValue: began),
        ended: Timestamp(rawValue: began + Int64.random(in: -5...900_000_000, using: &random)).atLeastZero,
        pair: pair, agent: NameID(rawValue: UInt32.random(in: 0...1, using: &random)), team: .none, labels: .empty,
        kind: DeskSample.Kind(rawValue: UInt8.random(in: 0..<4, using: &random))!)
    }

    var bytes: [UInt8] {
      var encoder = StateEncoder()
      days.encode(into: &encoder)
      return encoder.bytes
    }

    func read(_ bytes: [UInt8]) throws -> DeskDays {
      var decoder = StateDecoder(bytes)
      let days = try DeskDays(
        from: &decoder, agentCount: Self.agentCount, names: names, pairs: pairs, labelSets: LabelSets())
      #expect(decoder.isAtEnd)
      return days
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `days are what lists of each day are, in answers and in bytes, and copies keep what they had`(
    seed: UInt64
  ) throws {
    var random = SeededGenerator(seed: seed)
    var scene = Scene()
    var copies: [(days: DeskDays, plain: Plain)] = []
    for step in 0..<3_000 {
      scene.step(&random, newest: step / 25)
      if step % 400 == 0 { copies.append((scene.days, scene.plain)) }
      if step % 700 == 0 { scene.days = try scene.read(scene.bytes) }
    }
    copies.append((scene.days, scene.plain))
    for copy in copies {
      scene.days = copy.days
      #expect(scene.bytes == copy.plain.bytes, "seed \(seed)")
    }
    check(scene.days, against: scene.plain)
    check(try scene.read(scene.bytes), against: scene.plain)
  }

  private func check(_ days: DeskDays, against plain: Plain) {
    #expect(days.indices.map { days.day(at: $0) } == plain.days.keys.sorted())
    for (day, done) in plain.days {
      guard let index = days.index(of: day) else {
        Issue.record("\(day) is not there")
        continue
      }
      #expect(days.samples(at: index) == done.samples)
      #expect(days.resolvedCount(at: index) == done.samples.count { $0.kind == .resolution })
      for slot in 0..<Scene.agentCount {
        let counts = days.counts(slot: slot, on: day)
        #expect(counts.sent == Int(done.sent[slot] ?? 0))
        #expect(counts.handled == done.handled.count { $0 >> 32 == UInt64(slot) })
      }
    }
    #expect(days.index(of: Scene.first.advanced(days: -1)) == nil)
    #expect(days.index(of: Scene.first.advanced(days: 1_000)) == nil)
    #expect(days.firstIndex(notBefore: Scene.first.advanced(days: -1)) == 0)
    #expect(days.firstIndex(notBefore: Scene.first.advanced(days: 1_000)) == days.count)
  }

  @Test func `an agent or a conversation that is not there is refused`() throws {
    var scene = Scene()
    scene.days.countSent(slot: Scene.agentCount, on: Scene.first)
    #expect(throws: StateDecodingError.self) { try scene.read(scene.bytes) }
    scene.days = DeskDays()
    scene.days.countHandled(PairID(rawValue: 0), slot: Scene.agentCount, on: Scene.first)
    #expect(throws: StateDecodingError.self) { try scene.read(scene.bytes) }
    scene.days = DeskDays()
    scene.days.countHandled(PairID(rawValue: 40), slot: 0, on: Scene.first)
    #expect(throws: StateDecodingError.self) { try scene.read(scene.bytes) }
  }
}

extension Timestamp {
  fileprivate var atLeastZero: Timestamp { max(self, Timestamp(rawValue: 0)) }
}
