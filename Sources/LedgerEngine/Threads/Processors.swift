import Glibc

/// What this machine has to compute with.
enum Processors {
  /// How many threads are worth having for work that keeps each of them busy: as many as processors, 1 to 16.
  static let count = max(1, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
