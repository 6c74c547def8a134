import Glibc

/// The zones of the system's tzdata.
enum SystemZones {
  /// 2015-01-01 and 2041-01-01 in UTC: no message is older, and the rules of 2041 will have changed by then.
  static let span: (start: Int64, end: Int64) = (1_420_070_400, 2_240_611_200)

  /// The offset at the start of 2015 and every change until the end of 2040.
  /// - Returns: nil when the system knows no such zone.
  static func transitions(of zone: String, in folder: String = "/usr/share/zoneinfo") -> [ZoneFile.Transition]? {
    guard isName(zone), let bytes = File.read("\(folder)/\(zone)", upTo: 1 << 20) else { return nil }
    return ZoneFile(bytes)?.transitions(from: span.start, to: span.end)
  }

  /// Whether `zone` is made of the characters of zone names and stays inside the folder.
  private static func isName(_ zone: String) -> Bool {
    let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
    return zone.utf8.count <= 64
      && parts.allSatisfy { part in
        part.utf8.first.map { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") } == true
          && part.utf8.allSatisfy { byte in
            let lower = byte | 0x20
            return (lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z"))
              || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) || "_+-".utf8.contains(byte)
          }
      }
  }
}

/// Small files, whole.
enum File {
  /// - Returns: nil when the file cannot be read or is longer than `limit`.
  static func read(_ path: String, upTo limit: Int) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
        unsafe count = max(0, Glibc.read(descriptor, buffer.baseAddress, 16_384))
      }
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
    return nil
  }
}
