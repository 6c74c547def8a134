import Configuration
import Glibc
import LedgerServer
import SystemPackage

/// Why the daemon does not start, in one sentence that names the place and the next step.
struct SettingsError: Error, CustomStringConvertible {
  var description: String
}

/// What the daemon was told: by arguments, else by the environment, else by the file.
struct Settings: Sendable {
  var data: String
  var daemon: Daemon.Configuration

  /// Every name there is. Another one in the file is a slip of the pen and refused.
  private static let names: Set<String> = [
    "data", "socket", "http", "whatsapp.app_secret", "whatsapp.app_secret_file", "whatsapp.verify_token",
    "whatsapp.verify_token_file", "roles.append", "roles.read", "roles.audit", "roles.admin", "limits.request_bytes",
    "queue.bytes", "queue.wait_seconds",
  ]

  static func load(file: String?, arguments: [String: String]) async throws(SettingsError) -> Settings {
    let reader = try await SettingsReader(file: file, arguments: arguments, names: names)
    guard let folder = try reader.string("data") else {
      throw SettingsError(
        description: "no data folder: give --data DIR, WAYBILL_DATA or `data` in the configuration file")
    }
    if try reader.string("http") != nil {
      throw SettingsError(description: "`http` is set, but this version has no TCP listener; remove it")
    }
    var daemon = Daemon.Configuration(socket: try reader.string("socket") ?? "/run/waybill/waybill.sock")
    guard daemon.socket.utf8.count < 108 else {
      throw SettingsError(
        description:
          "the socket path \(daemon.socket) is longer than the 107 bytes the system allows; choose a shorter one")
    }
    daemon.appSecret = try reader.secret("whatsapp.app_secret")
    daemon.verifyToken = try reader.secret("whatsapp.verify_token")
    for role in Role.allCases {
      if let names = try reader.list("roles.\(role.rawValue)") { daemon.access.grants[role] = names }
    }
    if let unknown = daemon.access.unknownNames().first {
      throw SettingsError(
        description:
          "roles.\(unknown.role.rawValue) names \(unknown.name), whom this system does not know; create it or remove it"
      )
    }
    daemon.requestByteLimit =
      try reader.number("limits.request_bytes", in: 1024...(1 << 30)) ?? daemon.requestByteLimit
    daemon.queueByteLimit =
      try reader.number("queue.bytes", in: daemon.requestByteLimit...(1 << 34))
      ?? max(daemon.queueByteLimit, 4 * daemon.requestByteLimit)
    daemon.queueWaitSeconds =
      try reader.number("queue.wait_seconds", of: "seconds", in: 0...60).map(Int64.init) ?? daemon.queueWaitSeconds
    return Settings(data: folder, daemon: daemon)
  }
}

/// Reads single settings; every failure names the place.
private struct SettingsReader {
  private let file: String?
  private let fileReader: ConfigReader?
  private let fileNames: Set<String>
  private let arguments: [String: String]
  private let environment: EnvironmentVariablesProvider

  init(file: String?, arguments: [String: String], names: Set<String>) async throws(SettingsError) {
    self.file = file
    self.arguments = arguments
    environment = EnvironmentVariablesProvider()
    guard let file else {
      fileReader = nil
      fileNames = []
      return
    }
    do {
      // The provider does not list its keys; its debug description does, and with every value secret nothing else.
      let provider = try await FileProvider<YAMLSnapshot>(
        parsingOptions: .init(secretsSpecifier: .all), filePath: FilePath(file))
      fileNames = Self.names(in: provider.debugDescription)
      fileReader = ConfigReader(provider: provider)
    } catch {
      throw SettingsError(description: "\(file) cannot be read as YAML: \(error)")
    }
    if let unknown = fileNames.subtracting(names).min() {
      throw SettingsError(
        description:
          "\(file): there is no setting `\(unknown)`; the settings are \(names.sorted().joined(separator: ", "))")
    }
  }

  private static func names(in description: String) -> Set<String> {
    guard let start = description.firstRange(of: " values: ")?.upperBound else { return [] }
    return Set(
      description[start...].dropLast().split(separator: ", ").map { $0.replacing("=<REDACTED>", with: "") }.map(
        String.init))
  }

  private func place(_ name: String) -> String { file.map { "\($0): `\(name)`" } ?? name }

  private func fromEnvironment(_ name: String) -> String? {
    let variable = "WAYBILL_" + name.uppercased().replacing(".", with: "_")
    return (try? environment.environmentValue(forName: variable)).flatMap { $0 }
  }

  func string(_ name: String) throws(SettingsError) -> String? {
    if let value = arguments[name] ?? fromEnvironment(name) { return value }
    guard let fileReader, fileNames.contains(name) else { return nil }
    do {
      return try fileReader.requiredString(forKey: ConfigKey(name))
    } catch {
      throw SettingsError(description: "\(place(name)) is not one value; write it on one line")
    }
  }

  /// A list, or in the environment names with commas between.
  func list(_ name: String) throws(SettingsError) -> [String]? {
    if let value = fromEnvironment(name) { return value.split(separator: ",").map { String($0).trimmed } }
    guard let fileReader, fileNames.contains(name) else { return nil }
    do {
      return try fileReader.requiredStringArray(forKey: ConfigKey(name))
    } catch {
      throw SettingsError(description: "\(place(name)) is not a list; write it as [name, \"@group\"]")
    }
  }

  func number(
    _ name: String, of unit: String = "bytes", in range: ClosedRange<Int>
  ) throws(SettingsError) -> Int? {
    guard let text = try string(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw SettingsError(
        description:
          "\(place(name)) is \(text), not a number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A secret, or the file that holds it.
  func secret(_ name: String) throws(SettingsError) -> String? {
    let direct = try string(name)
    guard let path = try string("\(name)_file") else { return direct?.isEmpty == true ? nil : direct }
    guard direct == nil else {
      throw SettingsError(description: "both \(name) and \(name)_file are set; keep one")
    }
    guard let bytes = readFile(path) else {
      throw SettingsError(
        description: "\(place("\(name)_file")) names \(path), which cannot be read; check the path and its permissions")
    }
    let secret = String(decoding: bytes, as: UTF8.self).trimmed
    guard !secret.isEmpty else { throw SettingsError(description: "\(path), named by \(name)_file, is empty") }
    return secret
  }

  private func readFile(_ path: String) -> [UInt8]? {
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return nil }
    defer { try? file.close() }
    return unsafe try? [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

extension String {
  /// Without white space at the ends.
  fileprivate var trimmed: String {
    var view = self[...]
    while view.first?.isWhitespace == true { view.removeFirst() }
    while view.last?.isWhitespace == true { view.removeLast() }
    return String(view)
  }
}
