import Glibc

/// The system's users and groups.
enum Directory {
  private static let scratchByteCount = 65_536

  static func user(named name: some StringProtocol) -> UInt32? {
    if let number = UInt32(name) { return number }
    return unsafe withScratch { scratch in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      let result = unsafe getpwnam_r(String(name), &entry, scratch.baseAddress!, scratch.count, &found)
      return unsafe result == 0 && found != nil ? entry.pw_uid : nil
    }
  }

  static func group(named name: some StringProtocol) -> UInt32? {
    if let number = UInt32(name) { return number }
    return unsafe withScratch { scratch in
      var entry = unsafe Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      let result = unsafe getgrnam_r(String(name), &entry, scratch.baseAddress!, scratch.count, &found)
      return unsafe result == 0 && found != nil ? entry.gr_gid : nil
    }
  }

  /// The peer's own group and those its user belongs to.
  static func groups(of peer: Peer) -> Set<UInt32> {
    let supplementary: [UInt32] = unsafe withScratch { scratch in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      let result = unsafe getpwuid_r(peer.user, &entry, scratch.baseAddress!, scratch.count, &found)
      guard unsafe result == 0 && found != nil, let name = unsafe entry.pw_name else { return [] }
      var count: Int32 = 1024
      var groups = [gid_t](repeating: 0, count: Int(count))
      guard unsafe getgrouplist(name, peer.group, &groups, &count) >= 0 else { return [] }
      return Array(groups.prefix(Int(count)))
    }
    return Set(supplementary).union([peer.group])
  }

  private static func withScratch<Result>(_ body: (UnsafeMutableBufferPointer<CChar>) -> Result) -> Result {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: scratchByteCount) { unsafe body($0) }
  }
}
