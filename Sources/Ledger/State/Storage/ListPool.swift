/// Many short lists in one storage, each known by one number: 0 is the empty list, and a list's number changes with it.
struct ListPool<Element: BitwiseCopyable & Sendable>: Sendable {
  private struct Node: BitwiseCopyable {
    var element: Element
    /// 1 + the node of the element before this one; 0 for none.
    var previous: UInt32
  }

  private var nodes = ChunkedArray<Node>()
  /// 1 + the first free node, linked by `previous`.
  private var firstFree: UInt32 = 0

  init() {}

  mutating func visitLists(_ visitor: inout some ListVisitor) {
    visitor.visit(&nodes)
  }

  /// The elements in order.
  func array(_ list: UInt32) -> [Element] {
    var elements: [Element] = []
    read(list, into: &elements)
    return elements
  }

  /// The elements in order, in place of what `elements` has; its storage is used again.
  func read(_ list: UInt32, into elements: inout [Element]) {
    elements.removeAll(keepingCapacity: true)
    var next = list
    while next != 0 {
      elements.append(nodes[Int(next) - 1].element)
      next = nodes[Int(next) - 1].previous
    }
    elements.reverse()
  }

  /// How many elements a list has, counted no further than `limit`.
  func count(_ list: UInt32, upTo limit: Int) -> Int {
    var (count, next) = (0, list)
    while next != 0, count < limit {
      count += 1
      next = nodes[Int(next) - 1].previous
    }
    return count
  }

  /// The last element.
  func last(_ list: UInt32) -> Element? { list == 0 ? nil : nodes[Int(list) - 1].element }

  /// The last element that `fits`.
  func last(_ list: UInt32, where fits: (Element) -> Bool) -> Element? {
    var next = list
    while next != 0 {
      let node = nodes[Int(next) - 1]
      if fits(node.element) { return node.element }
      next = node.previous
    }
    return nil
  }

  /// Changes the last element that `fits`.
  /// - Returns: whether there is one.
  mutating func update(_ list: UInt32, where fits: (Element) -> Bool, _ change: (inout Element) -> Void) -> Bool {
    var next = list
    while next != 0 {
      if fits(nodes[Int(next) - 1].element) {
        change(&nodes[Int(next) - 1].element)
        return true
      }
      next = nodes[Int(next) - 1].previous
    }
    return false
  }

  mutating func append(_ element: Element, to list: inout UInt32) {
    let node = Node(element: element, previous: list)
    guard firstFree != 0 else {
      nodes.append(node)
      list = UInt32(nodes.count)
      return
    }
    list = firstFree
    firstFree = nodes[Int(list) - 1].previous
    nodes[Int(list) - 1] = node
  }

  mutating func removeAll(_ list: inout UInt32, where goes: (Element) -> Bool) {
    guard last(list, where: goes) != nil else { return }
    replace(&list, with: array(list).filter { !goes($0) })
  }

  mutating func replace(_ list: inout UInt32, with elements: some Sequence<Element>) {
    while list != 0 {
      let next = nodes[Int(list) - 1].previous
      nodes[Int(list) - 1].previous = firstFree
      firstFree = list
      list = next
    }
    for element in elements { append(element, to: &list) }
  }
}
