import LedgerEngine

/// Metrics in Prometheus's text format, version 0.0.4.
struct PrometheusText {
  private(set) var text = ""

  enum Kind: String { case counter, gauge, histogram }

  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ value: some CustomStringConvertible, labels: [(String, String)] = []) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0)=\"\(Self.escape($1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  /// A family of one sample without labels.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some CustomStringConvertible) {
    family(name, kind, help)
    sample(name, value)
  }

  /// A family of durations in seconds. Its buckets are cumulative, as the format wants them.
  mutating func histogram(_ name: String, _ help: String, _ histogram: DurationHistogram) {
    family(name, .histogram, help)
    var count: UInt64 = 0
    for (bound, bucket) in zip(histogram.bounds.map { "\($0)" } + ["+Inf"], histogram.counts) {
      count += bucket
      sample("\(name)_bucket", count, labels: [("le", bound)])
    }
    sample("\(name)_sum", histogram.totalSeconds)
    sample("\(name)_count", count)
  }

  private static func escape(_ value: String) -> String {
    value.reduce(into: "") { result, character in
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.append(character)
      }
    }
  }
}
