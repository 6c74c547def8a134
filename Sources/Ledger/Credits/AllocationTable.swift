/// Who burned something: a number that the caller gives each charge, counted up without large gaps.
public struct ChargeOwner: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// No charge: a refund or an adjustment. Not to be used for a charge.
  public static let none = ChargeOwner(rawValue: .max)
  public static func < (left: ChargeOwner, right: ChargeOwner) -> Bool { left.rawValue < right.rawValue }
}

/// Which credits each charge burned, last burned on top; what is still owed stands above all credits.
///
/// A charge that burned one credit takes 16 bytes and no more; further parts lie in a shared table.
struct AllocationTable: Sendable {
  /// A credit or a debt by number, in 32 bits.
  struct Source: Hashable, Sendable, BitwiseCopyable {
    private var bits: UInt32

    static func credit(_ number: Int) -> Source { Source(bits: UInt32(number)) }
    static func debt(_ number: Int) -> Source { Source(bits: UInt32(number) | 1 << 31) }

    var isDebt: Bool { bits >> 31 == 1 }
    var number: Int { Int(bits & ~(1 << 31)) }
  }

  struct Part: Hashable, Sendable {
    var source: Source
    var amount: Micros
  }

  private struct Node: Sendable, BitwiseCopyable {
    var amount = Micros.zero
    var source = Source.credit(0)
    /// 1 + the index of the part burned before, 0 for none.
    var below: UInt32 = 0

    var part: Part { Part(source: source, amount: amount) }
  }

  /// The top part of each owner; one of amount 0 stands for nothing.
  private var tops = ChunkedArray<Node>()
  private var nodes = ChunkedArray<Node>()
  /// 1 + the first free node, linked by `below`; 0 for none.
  private var firstFree: UInt32 = 0

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&tops)
    visitor.visit(&nodes)
  }

  /// Owners with a number from here on have burned nothing.
  var ownerCount: Int { tops.count }

  /// Records that a charge burned a credit: on top, but below what is owed.
  mutating func burn(_ amount: Micros, of credit: Int, by owner: ChargeOwner) {
    let index = reserve(owner)
    let source = Source.credit(credit)
    if tops[index].amount.isZero {
      tops[index] = Node(amount: amount, source: source)
    } else if tops[index].source.isDebt {
      burn(amount, of: source, belowDebtsOf: index)
    } else if tops[index].source != source || !Self.raise(&tops[index], by: amount) {
      push(Node(amount: amount, source: source), on: index)
    }
  }

  /// Records that a charge owes something, on top of all.
  mutating func owe(_ amount: Micros, as debt: Int, by owner: ChargeOwner) {
    append(Part(source: .debt(debt), amount: amount), by: owner)
  }

  /// Puts a decoded part on top as it is.
  mutating func append(_ part: Part, by owner: ChargeOwner) {
    let index = reserve(owner)
    let node = Node(amount: part.amount, source: part.source)
    if tops[index].amount.isZero { tops[index] = node } else { push(node, on: index) }
  }

  /// Whether an owner owes something.
  func owes(_ owner: ChargeOwner) -> Bool {
    owner.rawValue < tops.count && tops[Int(owner.rawValue)].source.isDebt
  }

  /// A credit pays some of a debt, and is burned by its charge.
  mutating func pay(_ amount: Micros, of debt: Int, from credit: Int, for owner: ChargeOwner) {
    let index = Int(owner.rawValue)
    if tops[index].source == .debt(debt) {
      tops[index].amount -= amount
      if tops[index].amount.isZero { pop(index) }
    } else {
      settleBelowTop(amount, of: .debt(debt), index)
    }
    burn(amount, of: credit, by: owner)
  }

  /// Takes back at most `limit` of the part on top.
  /// - Returns: what was taken, nil when nothing is recorded.
  mutating func unwind(_ limit: Micros, of owner: ChargeOwner) -> Part? {
    guard owner.rawValue < tops.count else { return nil }
    let index = Int(owner.rawValue)
    guard !tops[index].amount.isZero else { return nil }
    let taken = Part(source: tops[index].source, amount: min(limit, tops[index].amount))
    tops[index].amount -= taken.amount
    if tops[index].amount.isZero { pop(index) }
    return taken
  }

  func isEmpty(_ owner: ChargeOwner) -> Bool {
    owner.rawValue >= tops.count || tops[Int(owner.rawValue)].amount.isZero
  }

  /// The parts of an owner, first burned first, what is owed last.
  func parts(of owner: ChargeOwner) -> [Part] {
    guard owner.rawValue < tops.count else { return [] }
    var node = tops[Int(owner.rawValue)]
    guard !node.amount.isZero else { return [] }
    var parts = [node.part]
    while node.below != 0 {
      node = nodes[Int(node.below) - 1]
      parts.append(node.part)
    }
    return parts.reversed()
  }

  /// Debts have new numbers.
  mutating func renumberDebt(_ old: Int, as new: Int, of owner: ChargeOwner) {
    let index = Int(owner.rawValue)
    if tops[index].source == .debt(old) {
      tops[index].source = .debt(new)
      return
    }
    var below = tops[index].below
    while nodes[Int(below) - 1].source != .debt(old) { below = nodes[Int(below) - 1].below }
    nodes[Int(below) - 1].source = .debt(new)
  }

  private mutating func reserve(_ owner: ChargeOwner) -> Int {
    precondition(owner != .none, "an allocation of no charge")
    let index = Int(owner.rawValue)
    if tops.count <= index { tops.extend(to: index + 1, with: Node()) }
    return index
  }

  private static func raise(_ node: inout Node, by amount: Micros) -> Bool {
    let (sum, overflow) = node.amount.rawValue.addingReportingOverflow(amount.rawValue)
    guard !overflow else { return false }
    node.amount = Micros(rawValue: sum)
    return true
  }

  private mutating func push(_ node: Node, on index: Int) {
    var node = node
    node.below = allocate(tops[index])
    tops[index] = node
  }

  private mutating func pop(_ index: Int) {
    let below = tops[index].below
    guard below != 0 else {
      tops[index] = Node()
      return
    }
    tops[index] = nodes[Int(below) - 1]
    free(below)
  }

  private mutating func allocate(_ node: Node) -> UInt32 {
    guard firstFree != 0 else {
      nodes.append(node)
      return UInt32(nodes.count)
    }
    let link = firstFree
    firstFree = nodes[Int(link) - 1].below
    nodes[Int(link) - 1] = node
    return link
  }

  private mutating func free(_ link: UInt32) {
    nodes[Int(link) - 1] = Node(below: firstFree)
    firstFree = link
  }

  private mutating func burn(_ amount: Micros, of source: Source, belowDebtsOf index: Int) {
    var lastDebt: UInt32 = 0
    var below = tops[index].below
    while below != 0, nodes[Int(below) - 1].source.isDebt {
      lastDebt = below
      below = nodes[Int(below) - 1].below
    }
    if below != 0, nodes[Int(below) - 1].source == source, Self.raise(&nodes[Int(below) - 1], by: amount) { return }
    let link = allocate(Node(amount: amount, source: source, below: below))
    if lastDebt == 0 { tops[index].below = link } else { nodes[Int(lastDebt) - 1].below = link }
  }

  private mutating func settleBelowTop(_ amount: Micros, of source: Source, _ index: Int) {
    var above: UInt32 = 0
    var link = tops[index].below
    while nodes[Int(link) - 1].source != source {
      above = link
      link = nodes[Int(link) - 1].below
    }
    nodes[Int(link) - 1].amount -= amount
    guard nodes[Int(link) - 1].amount.isZero else { return }
    let below = nodes[Int(link) - 1].below
    if above == 0 { tops[index].below = below } else { nodes[Int(above) - 1].below = below }
    free(link)
  }
}
