import Testing

@testable import Ledger

@Suite struct ListChunkTests {
  private typealias Moves = [(chunk: ListChunk, target: ColdBytes)]

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `a list with chunks in memory that nobody may write to is like any other`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let memory = ReadOnlyMemory()
    var list = ChunkedArray<UInt64>()
    var array: [UInt64] = []
    var copies: [(list: ChunkedArray<UInt64>, array: [UInt64])] = []
    // Found some time before they are moved; by then some have changed.
    var moves: Moves = []
    for step in 0..<30_000 {
      switch Int.random(in: 0..<10, using: &generator) {
      case 0 where !array.isEmpty: #expect(list.removeLast() == array.removeLast(), "seed \(seed)")
      case 1...2 where !array.isEmpty:
        let place = Int.random(in: 0..<array.count, using: &generator)
        array[place] &+= 7
        list[place] &+= 7
      default:
        array.append(UInt64(step))
        list.append(UInt64(step))
      }
      if Int.random(in: 0..<3_000, using: &generator) == 0 { copies.append((list, array)) }
      guard Int.random(in: 0..<700, using: &generator) == 0 else { continue }
      var mover = ChunkMover(moves[...])
      mover.visit(&list)
      moves = []
      var finder = ChunkFinder { chunk in moves.append((chunk, unsafe memory.keep(chunk.bytes))) }
      finder.visit(&list)
    }
    #expect(Array(list) == array, "seed \(seed)")
    for copy in copies { #expect(Array(copy.list) == copy.array, "seed \(seed)") }
    moves = []
    #expect(memory.readCount > 10 && memory.readCount < memory.kept.count, "seed \(seed)")
    copies = []
    list.removeAll()
    #expect(memory.readCount == 0, "seed \(seed)")
  }

  /// Two accounts' events, with statuses of messages long past.
  private static func events(rounds: Range<Int>) -> [(type: String, account: String?, data: String)] {
    rounds.flatMap { round in
      ["one", "two"].flatMap { account in
        func named(_ round: Int) -> String {
          #""message":"\#(account)-\#(round)","number":"n","contact":{"phone":"5511987\#(100_000 + round % 500)"}"#
        }
        let late = round % 5 == 0 ? round / 3 : round
        return [
          ("message.received", account, "{\(named(-round)),\"kind\":\"text\"}"),
          ("message.sent", account, "{\(named(round)),\"kind\":\"text\",\"agent\":\"a\(round % 9)\"}"),
          ("message.status", account, "{\(named(late)),\"status\":\"\(late == round ? "delivered" : "failed")\"}"),
          (
            "conversation.resolved", account,
            #"{"number":"n","contact":{"phone":"5511987\#(100_000 + (round * 7) % 500)"}}"#
          ),
        ]
      }
    }
  }

  private static func opened() throws -> State {
    var state = State()
    try state.fold([("zone.resolved", nil, #"{"zone":"UTC","transitions":[["1970-01-01T00:00:00Z",0]]}"#)])
    for account in ["one", "two"] {
      try state.fold([("account.opened", account, #"{"name":"A","currency":"USD","time_zone":"UTC"}"#)])
    }
    return state
  }

  private static func move(_ state: inout State, to memory: ReadOnlyMemory, where isWanted: (ListChunk) -> Bool) {
    for index in 0..<state.accountCount {
      var moves: Moves = []
      state.account(index).forEachFullChunk { chunk in
        if isWanted(chunk) { moves.append((chunk, unsafe memory.keep(chunk.bytes))) }
      }
      for start in stride(from: 0, to: moves.count, by: 7) {
        state.move(moves[start..<min(start + 7, moves.count)], ofAccount: index)
      }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `a state is the same bytes wherever its chunks lie`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let memory = ReadOnlyMemory()
    var plain = try Self.opened()
    var moved = plain
    var copies: [(state: State, bytes: [UInt8])] = []
    for step in 0..<12 {
      let events = Self.events(rounds: step * 60..<(step + 1) * 60)
      try plain.fold(events)
      try moved.fold(events)
      if step % 5 == 2 { copies.append((moved, plain.serialised)) }
      Self.move(&moved, to: memory) { _ in Int.random(in: 0..<3, using: &generator) == 0 }
      if step % 5 == 3 { copies.append((moved, plain.serialised)) }
    }
    #expect(moved.serialised == plain.serialised, "seed \(seed)")
    for copy in copies { #expect(copy.state.serialised == copy.bytes, "seed \(seed)") }
    #expect(memory.readCount > 30 && memory.readCount < memory.kept.count, "seed \(seed)")
  }

  @Test func `an account that a state has too is moved alone`() throws {
    let memory = ReadOnlyMemory()
    var state = try Self.opened()
    try state.fold(Self.events(rounds: 0..<300))
    func chunks(of account: StateParts.Account) -> [ObjectIdentifier] {
      var chunks: [ObjectIdentifier] = []
      account.forEachFullChunk { chunks.append($0.identity) }
      return chunks
    }
    let before = chunks(of: state.account(0))
    var account = state.account(0)
    var moves: Moves = []
    account.forEachFullChunk { moves.append(($0, unsafe memory.keep($0.bytes))) }
    account.move(moves[...])
    #expect(before.count > 10 && chunks(of: state.account(0)) == before)
    #expect(Set(chunks(of: account)).isDisjoint(with: before))
  }

  @Test func `what grows with an account's events can lie elsewhere`() throws {
    var state = try Self.opened()
    try state.fold(Self.events(rounds: 0..<2_000))
    let byteCount = state.serialised.count
    var found = 0
    for index in 0..<state.accountCount { state.account(index).forEachFullChunk { found += unsafe $0.bytes.count } }
    #expect(found > byteCount * 3 / 4, "\(found) of \(byteCount) bytes")
  }
}
