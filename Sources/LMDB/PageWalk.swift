/// Walks every tree of one commit, and checks what LMDB will rely on when it follows the same pages.
struct PageWalk {
  private let file: OpenFile
  private let meta: MetaPage
  private let thoroughly: Bool
  private var pagesLeft: UInt64

  private enum Tree { case free, main, table }

  init(_ file: OpenFile, _ meta: MetaPage, thoroughly: Bool) {
    self.file = file
    self.meta = meta
    self.thoroughly = thoroughly
    pagesLeft = meta.lastPage + 1
  }

  mutating func run() throws(LMDBError) {
    guard meta.lastPage < .max >> 20 else { throw file.damage("its last page is \(meta.lastPage)") }
    try walk(meta.freeTree, .free)
    try walk(meta.mainTree, .main)
  }

  private mutating func walk(_ root: TreeRoot, _ tree: Tree) throws(LMDBError) {
    if root.isEmpty { return }
    guard (1...32).contains(root.depth) else { throw file.damage("a tree is \(root.depth) pages deep") }
    try walk(root.page, depth: root.depth, tree)
  }

  private mutating func walk(_ number: UInt64, depth: Int, _ tree: Tree) throws(LMDBError) {
    let page = try read(number)
    let isLeaf = depth == 1
    guard page.word16(10) & 0x0F == (isLeaf ? 2 : 1) else {
      throw file.damage("page \(number) should be a \(isLeaf ? "leaf" : "branch") and is not")
    }
    for node in try nodes(of: page, number) {
      if isLeaf {
        try checkLeaf(page, node, number, tree)
      } else {
        let low = UInt64(page.word32(node))
        try walk(low | UInt64(page.word16(node + 4)) << 32, depth: depth - 1, tree)
      }
    }
  }

  private mutating func read(_ number: UInt64) throws(LMDBError) -> [UInt8] {
    guard number >= 2, number <= meta.lastPage else {
      throw file.damage("page \(number) is referred to, and the last one is \(meta.lastPage)")
    }
    guard pagesLeft > 0 else { throw file.damage("its pages refer to each other in a circle") }
    pagesLeft -= 1
    let offset = Int(number) * meta.pageSize
    guard offset + meta.pageSize <= file.byteCount else {
      throw file.damage("it ends at byte \(file.byteCount), before page \(number)")
    }
    var page = [UInt8](repeating: 0, count: meta.pageSize)
    try file.read(&page, at: offset)
    guard page.word64(0) == number else {
      throw file.damage("page \(number) (byte \(offset)) says it is page \(page.word64(0))")
    }
    return page
  }

  /// Where the nodes of a page begin, each with its header and key inside the page.
  private func nodes(of page: [UInt8], _ number: UInt64) throws(LMDBError) -> [Int] {
    let lower = Int(page.word16(12))
    let upper = Int(page.word16(14))
    guard lower >= 16, lower <= upper, upper <= meta.pageSize, lower.isMultiple(of: 2) else {
      throw file.damage("page \(number) has its free space at \(lower)..<\(upper)")
    }
    let nodes = stride(from: 16, to: lower, by: 2).map { Int(page.word16($0)) }
    for node in nodes {
      guard node >= upper, node + 8 <= meta.pageSize, node + 8 + Int(page.word16(node + 6)) <= meta.pageSize else {
        throw file.damage("page \(number) has a node outside it, at \(node)")
      }
    }
    return nodes
  }

  private mutating func checkLeaf(
    _ page: [UInt8], _ node: Int, _ number: UInt64, _ tree: Tree
  ) throws(LMDBError) {
    let byteCount = Int(page.word32(node))
    let flags = page.word16(node + 4)
    let value = node + 8 + Int(page.word16(node + 6))
    if flags & 0x01 != 0 {
      guard value + 8 <= page.count else { throw file.damage("page \(number) has a value outside it") }
      return try checkLarge(page.word64(value), byteCount, tree)
    }
    guard value + byteCount <= page.count else { throw file.damage("page \(number) has a value outside it") }
    if flags & 0x02 != 0 {
      guard tree == .main, byteCount == TreeRoot.byteCount else {
        throw file.damage("page \(number) names a table where none can be")
      }
      return try walk(TreeRoot(page, at: value), .table)
    }
    if tree == .free { try checkFreePages(Array(page[value..<value + byteCount])) }
  }

  /// A value on pages of its own: they must be in the file, and thoroughly: the first must say what it is.
  private mutating func checkLarge(_ number: UInt64, _ byteCount: Int, _ tree: Tree) throws(LMDBError) {
    let pages = UInt64((16 + byteCount + meta.pageSize - 1) / meta.pageSize)
    guard number >= 2, number <= meta.lastPage, pages - 1 <= meta.lastPage - number,
      Int(number) * meta.pageSize + 16 + byteCount <= file.byteCount
    else {
      throw file.damage(
        "a value of \(byteCount) bytes at page \(number) reaches beyond its end, byte \(file.byteCount)")
    }
    guard thoroughly || tree == .free else { return }
    let page = try read(number)
    guard page.word16(10) & 0x0F == 4, UInt64(page.word32(12)) == pages else {
      throw file.damage("page \(number) should begin a value of \(pages) pages and does not")
    }
    if tree == .free {
      var list = [UInt8](repeating: 0, count: byteCount)
      try file.read(&list, at: Int(number) * meta.pageSize + 16)
      try checkFreePages(list)
    }
  }

  /// A list of pages to be used again: their count, then their numbers, falling.
  private func checkFreePages(_ list: [UInt8]) throws(LMDBError) {
    guard list.count >= 8, list.word64(0) <= UInt64(list.count / 8 - 1) else {
      throw file.damage("a list of free pages is cut off")
    }
    var above = meta.lastPage + 1
    for index in 0..<Int(list.word64(0)) {
      let page = list.word64(8 + 8 * index)
      guard page >= 2, page < above else { throw file.damage("a list of free pages is out of order at page \(page)") }
      above = page
    }
  }
}
