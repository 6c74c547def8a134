import WaybillTables

extension Doctor {
  /// What Prometheus's text says of disk, map, queue, prices and webhooks.
  static func measured(_ text: String) -> [Check] {
    let values = Metrics(text)
    var checks: [Check] = []
    if let free = values["waybill_disk_free_bytes"] {
      let used = values["waybill_log_bytes"] ?? 0
      let state: Check.State = free < 256e6 ? .bad : free < max(2e9, used / 10) ? .warning : .ok
      checks.append(Check("disk", state, "\(Metrics.bytes(free)) free, the log has \(Metrics.bytes(used))"))
    }
    if let ratio = values["waybill_log_map_ratio"] {
      let state: Check.State = ratio > 0.95 ? .bad : ratio > 0.8 ? .warning : .ok
      checks.append(Check("map", state, "\(Int(ratio * 100)) % of the log's memory map is used"))
    }
    if let lag = values["waybill_fold_lag_events"] {
      checks.append(Check("fold", lag > 1e6 ? .warning : .ok, "\(Int(lag)) records are on disk and not yet folded"))
    }
    if let busy = values["waybill_requests_busy_total"], busy > 0 {
      checks.append(Check("queue", .warning, "\(Int(busy)) requests were told to wait since the start"))
    }
    if let full = values["waybill_disk_full_total"], full > 0 {
      checks.append(Check("disk full", .bad, "\(Int(full)) commits found no room since the start"))
    }
    if let last = values["waybill_last_sequence"] { checks.append(Check("records", .ok, String(Int(last)))) }
    return checks
  }
}

/// Samples without labels of Prometheus's text format.
struct Metrics {
  private var values: [Substring: Double] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      if parts.count == 2, let value = Double(parts[1]) { values[parts[0]] = value }
    }
  }

  subscript(name: String) -> Double? { values[name[...]] }

  /// `12.3 GB`
  static func bytes(_ count: Double) -> String {
    var (count, unit) = (count, 0)
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    while count >= 1000, unit < units.count - 1 { (count, unit) = (count / 1000, unit + 1) }
    let tenths = Int((count * 10).rounded())
    return unit == 0 ? "\(Int(count)) bytes" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
