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

  @inline(never)
  private static func ask(upTo end: Int) {
    let start = asked.exchange(end, ordering: .relaxed)
    guard end > start else { return }  // it shrank
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let from = start == 0 ? end - end % pageSize - pageSize : start - start % pageSize
    _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: from), end - from, MADV_HUGEPAGE)
  }
}
