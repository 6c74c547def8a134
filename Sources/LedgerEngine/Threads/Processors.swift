internal import CLinux
import Glibc

/// What this process has to compute with.
enum Processors {
  /// The numbers of those it might run on when it was first asked. Where the system does not tell, as many as are there.
  static let allowed: [Int32] = {
    let most = 1024
    let numbers = unsafe [Int32](unsafeUninitializedCapacity: most) { numbers, count in
      count = unsafe Int(waybill_processors(numbers.baseAddress!, Int32(most)))
    }
    return numbers.isEmpty ? Array(0..<Int32(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))) : numbers
  }()

  /// How many threads are worth having for work that keeps each of them busy: as many as processors, 1 to 16.
  static let count = min(16, allowed.count)
}
