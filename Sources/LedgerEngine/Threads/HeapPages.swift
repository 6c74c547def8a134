internal import CLinux
internal import Glibc
internal import Synchronization

/// Keeps the process's heap in one piece of large pages. The state is gigabytes of small records that are met in no order:
/// with pages of 4 KiB nearly every look at one also has to find its page, which in a virtual machine takes as long.
///
/// Where the system has no large pages, or gives none to those who ask, nothing changes.
public enum HeapPages {
  /// By how much the heap grows at a time. Memory that was never used costs nothing but addresses.
  private static let step = 256 << 20
  /// Larger allocations are mapped, and given back, by themselves.
  private static let largestInHeap = 32 << 20

  /// How much of the heap that nobody uses is kept ready to be written.
  private static let reserve = 4 << 20

  /// The end of the heap when large pages were asked for last.
  private static let asked = Atomic<Int>(0)

  /// Sets how this process allocates. To be called before there is a second thread.
  public static func prepare() {
    waybill_set_up_heap(step, largestInHeap)
    askForGrowth()
  }

  /// Asks for large pages where the heap has grown; a few instructions where it has not.
  @inline(__always)
  public static func askForGrowth() {
    let end = unsafe Int(bitPattern: sbrk(0))
    if end != asked.load(ordering: .relaxed) { ask(upTo: end) }
  }

  /// Sees to it that the next megabytes that are allocated are there. Memory that is written for the first time has to be found and
  /// cleared by the system, a large page at a time: in a virtual machine for milliseconds. So who is about to hold what others
  /// wait for calls this before, every few hundred kilobytes.
  public static func keepReserve() {
    // What is free is given out before the heap grows, and the largest piece of it last.
    guard let memory = unsafe malloc(reserve) else { return }
    askForGrowth()
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = Int(bitPattern: memory)
    let from = start - start % pageSize
    // A kernel before 5.14 does not know it, and nothing changes.
    _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: from), start + reserve - from, MADV_POPULATE_WRITE)
    unsafe free(memory)
  }

  /// Gives the system back what nobody uses of the heap, and keeps a reserve. To be called while nothing is to be done: it takes
  /// milliseconds, for which whoever allocates waits, and what is given back has to be found and cleared again.
  public static func giveBack() { waybill_trim_heap(reserve) }

  @inline(never)
  private static func ask(upTo end: Int) {
    let start = asked.exchange(end, ordering: .relaxed)
    guard end > start else { return }  // it shrank
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let from = start == 0 ? end - end % pageSize - pageSize : start - start % pageSize
    _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: from), end - from, MADV_HUGEPAGE)
  }
}
