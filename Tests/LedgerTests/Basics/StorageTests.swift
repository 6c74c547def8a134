import JSONTape
import Testing

@testable import Ledger

@Suite struct StorageTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `a chunked list is what an array is, and its copies keep what they had`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var list = ChunkedArray<UInt32>()
    var array: [UInt32] = []
    var copies: [(list: ChunkedArray<UInt32>, array: [UInt32])] = []
    for _ in 0..<12_000 {
      switch Int.random(in: 0..<8, using: &generator) {
      case 0 where !array.isEmpty: #expect(list.removeLast() == array.removeLast(), "seed \(seed)")
      case 1 where !array.isEmpty:
        let place = Int.random(in: 0..<array.count, using: &generator)
        array[place] &+= 7
        list[place] &+= 7
      default:
        let element = UInt32.random(in: 0...9, using: &generator)
        array.append(element)
        list.append(element)
      }
      if Int.random(in: 0..<1_500, using: &generator) == 0 { copies.append((list, array)) }
    }
    #expect(Array(list) == array, "seed \(seed)")
    for copy in copies { #expect(Array(copy.list) == copy.array, "seed \(seed)") }
  }

  /// Four words: a list of them has smaller chunks.
  private struct Wide: BitwiseCopyable, Equatable, Sendable {
    var words: (UInt64, UInt64, UInt64, UInt64)

    init(_ seed: Int) { words = (UInt64(seed), UInt64(seed) &* 3, ~UInt64(seed), 5) }
    static func == (left: Wide, right: Wide) -> Bool { left.words == right.words }
  }

  @Test(arguments: [0, 1, 8, 12, 18, 255, 256, 257, 319, 320, 321, 512, 1_025, 5_000])
  func `a list of large elements grows, shrinks, reads back and keeps its copies like any other`(count: Int) throws {
    var list = ChunkedArray<Wide>()
    var copies: [(list: ChunkedArray<Wide>, count: Int)] = []
    for number in 0..<count {
      list.append(Wide(number))
      if number % 97 == 0 { copies.append((list, number + 1)) }
    }
    var encoder = StateEncoder()
    list.encodeBytes(into: &encoder)
    var decoder = StateDecoder(encoder.bytes)
    var again = try ChunkedArray<Wide>(bytesFrom: &decoder)
    #expect(decoder.isAtEnd && Array(again) == (0..<count).map(Wide.init))
    for number in count..<count + 300 { again.append(Wide(number)) }
    #expect(Array(again) == (0..<count + 300).map(Wide.init))
    for index in list.indices { list[index] = Wide(7) }
    while again.count > count / 2 { again.removeLast() }
    #expect(Array(again) == (0..<count / 2).map(Wide.init))
    for copy in copies { #expect(Array(copy.list) == (0..<copy.count).map(Wide.init)) }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 1_023, 1_024, 1_025, 5_000])
  func `a chunked list's bytes read back`(count: Int) throws {
    let list = ChunkedArray((0..<UInt32(count)).map { $0 &* 2_654_435_761 })
    var encoder = StateEncoder()
    list.encodeBytes(into: &encoder)
    var decoder = StateDecoder(encoder.bytes)
    var again = try ChunkedArray<UInt32>(bytesFrom: &decoder)
    #expect(decoder.isAtEnd && Array(again) == Array(list))
    again.append(1)
    #expect(again.count == count + 1 && again[count] == 1)
    var short = StateDecoder(Array(encoder.bytes.dropLast()))
    if count > 0 { #expect(throws: StateDecodingError.self) { try ChunkedArray<UInt32>(bytesFrom: &short) } }
  }

  @Test func `an index finds each of many records, none that is not there, and its copies stay as they were`() {
    let hashes = (0..<40_000).map { Mixing.mix(UInt64($0)) }
    var index = HashIndex()
    var copy = HashIndex()
    var (strangers, fullest) = (0, 0)
    for (place, hash) in hashes.enumerated() {
      if place == 10_000 { copy = index }
      var asked: Set<UInt32> = []
      if index.isFull(for: hash) {
        index.makeRoom(for: hash) { asked.insert($0) } hashOf: { hashes[Int($0)] }
      }
      // Only what is there is asked for, before a split nearly all of a segment.
      strangers += asked.count { $0 >= place }
      fullest = max(fullest, asked.count)
      index.insert(UInt32(place), hash: hash)
    }
    #expect(strangers == 0 && fullest > 3_000)
    func finds(_ index: HashIndex, _ place: Int) -> Bool {
      index.find(hashes[place]) { $0 == UInt32(place) } == UInt32(place)
    }
    #expect(hashes.indices.allSatisfy { finds(index, $0) })
    #expect((0..<10_000).allSatisfy { finds(copy, $0) })
    #expect(!(10_000..<40_000).contains { finds(copy, $0) })
  }

  @Test func `a set has the fingerprints that were put into it, and the empty one never`() {
    var set = FingerprintSet()
    let fingerprints = (0..<3_000 as Range<UInt64>).map {
      // Some hundred begin at one slot.
      Fingerprint128(high: Mixing.mix($0), low: $0 % 10 == 0 ? 7 : Mixing.mix($0 &+ 9_999))
    }
    set.insert(Fingerprint128(high: 0, low: 0))
    for fingerprint in fingerprints.dropLast(500) + fingerprints.prefix(50) { set.insert(fingerprint) }
    #expect(fingerprints.dropLast(500).allSatisfy { set.contains($0) })
    #expect(!fingerprints.suffix(500).contains { set.contains($0) })
    #expect(!set.contains(Fingerprint128(high: 0, low: 0)))
  }

  @Test func `an index finds records of one hash`() {
    var index = HashIndex()
    for place in 0..<4_000 as Range<UInt32> {
      if index.isFull(for: 5) { index.makeRoom(for: 5) { _ in 5 } }
      index.insert(place, hash: 5)
    }
    #expect(index.find(5) { $0 == 3_999 } == 3_999)
    #expect(index.find(5) { $0 == 4_000 } == nil)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `a map by numbers is what a dictionary is`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var map = IntMap<Int>()
    var dictionary: [UInt64: Int] = [:]
    for step in 0..<4_000 {
      let key = UInt64.random(in: 0..<200, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0:
        map[key] = nil
        dictionary[key] = nil
      case 1:
        map[key, default: 0] += step
        dictionary[key, default: 0] += step
      default: #expect(map[key] == dictionary[key], "seed \(seed)")
      }
    }
    #expect(map.count == dictionary.count)
    #expect(map.sorted.map(\.key) == dictionary.keys.sorted())
    #expect(map.sorted.allSatisfy { dictionary[$0.key] == $0.value }, "seed \(seed)")
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `lists of a pool are what arrays are`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var pool = ListPool<Int>()
    var lists = [UInt32](repeating: 0, count: 10)
    var arrays = [[Int]](repeating: [], count: 10)
    for step in 0..<2_000 {
      let place = Int.random(in: 0..<10, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0:
        let divisor = Int.random(in: 2..<5, using: &generator)
        pool.removeAll(&lists[place]) { $0 % divisor == 0 }
        arrays[place].removeAll { $0 % divisor == 0 }
      case 1:
        #expect(pool.last(lists[place]) { $0 % 3 == 0 } == arrays[place].last { $0 % 3 == 0 }, "seed \(seed)")
      default:
        pool.append(step, to: &lists[place])
        arrays[place].append(step)
      }
      #expect(pool.array(lists[place]) == arrays[place], "seed \(seed)")
    }
  }

  @Test(arguments: 1...4) func `a wide map is a map, however many it has, and its copies stay as they were`(
    seed: UInt64
  ) {
    var random = RandomSource(seed: seed)
    var (wide, plain) = (WideMap<Int32>(), [UInt64: Int32]())
    var kept: [(WideMap<Int32>, [UInt64: Int32])] = []
    for step in 0..<40_000 {
      let key = UInt64.random(in: 0..<(seed == 1 ? 50 : 30_000), using: &random) &* 1_000_003
      if Int.random(in: 0..<4, using: &random) == 0 {
        wide.remove(key)
        plain[key] = nil
      } else {
        wide.update(key, default: 7) { $0 += Int32(step) }
        plain[key, default: 7] += Int32(step)
      }
      #expect(wide[key] == plain[key])
      if step % 9_000 == 0 { kept.append((wide, plain)) }
    }
    kept.append((wide, plain))
    for (wide, plain) in kept {
      #expect(wide.count == plain.count)
      var read: [UInt64: Int32] = [:]
      wide.forEach { key, value in #expect(read.updateValue(value, forKey: key) == nil) }
      #expect(read == plain)
      for (key, value) in plain { #expect(wide[key] == value) }
    }
  }

  @Test(arguments: 1...4) func `a set of places has what was put into it, rising`(seed: UInt64) {
    var random = RandomSource(seed: seed)
    var (places, plain) = (PlaceSet(), Set<UInt32>())
    for _ in 0..<4_000 {
      let place = UInt32.random(in: 0..<(seed == 1 ? 200 : 200_000), using: &random)
      if Bool.random(using: &random) {
        places.insert(place)
        plain.insert(place)
      } else {
        let gone = Bool.random(using: &random) ? place : plain.min() ?? place
        places.remove(gone)
        plain.remove(gone)
      }
      #expect(places.contains(place) == plain.contains(place))
    }
    #expect(places.places == plain.sorted())
    #expect(places.count == plain.count && places.isEmpty == plain.isEmpty)
    for place in plain { places.remove(place) }
    #expect(places.isEmpty && places.places.isEmpty)
  }

  @Test func `names of any length are found wherever they lie`() {
    var names = Names()
    let texts = (0..<400).map { String(repeating: "n", count: $0 % 97) + "\($0)" }
    let ids = texts.map { names.intern($0) }
    #expect(ids.map(\.rawValue) == (1...400).map { UInt32($0) })
    for (text, id) in zip(texts, ids) {
      #expect(names.find(text) == id && names.string(id) == text)
    }
    #expect(names.find("n") == nil && names.find("") == nil)
  }

  @Test func `a hint tells names apart that begin and end alike`() {
    var names = Names()
    var hint = NameHint()
    let texts =
      ["a", "aa", "aaa", "aba", "abcdefgh", "abcdXefgh", "abcdefghabcdefgh", "abcdefghXabcdefgh"]
      + ["abcdefghabcdefghabcdefgh", "abcdefghabcdefgXabcdefgh", String(repeating: "x", count: 32)]
      + [String(repeating: "x", count: 33), ""]
    for text in texts + texts.reversed() {
      var copy = text
      let id = copy.withUTF8 { unsafe names.intern(Text(buffer: $0), hint: &hint) }
      #expect(names.string(id) == text)
    }
    #expect(names.count == texts.count)
  }

  @Test func `records are as small as memory allows`() {
    #expect(MemoryLayout<MessageRecord>.stride == 64)
    #expect(MemoryLayout<Inbounds.Record>.stride == 28)
    #expect(MemoryLayout<WideMap<UInt32>>.size <= 32)
    #expect(MemoryLayout<MetaWord>.size == 16 && MemoryLayout<RatingKind>.size == 80)
  }

  @Test func `the days that rules begin on are those days`() {
    #expect(Regime.perMessageFrom == CalendarDay(year: 2025, month: 7, day: 1))
    #expect(Regime.serviceChargedFrom == CalendarDay(year: 2026, month: 10, day: 1))
  }
}
