// swift-tools-version: 6.2
import PackageDescription

// `WAYBILL_PARTS=ledger` builds the pure core and its tests alone, `WAYBILL_PARTS=core` adds the log, the engine and
// the translator. Neither needs the HTTP stack, so both build in a fraction of the time. Without it: everything.
let parts = Context.environment["WAYBILL_PARTS"] ?? "all"
let withCore = parts != "ledger"
let withServer = withCore && parts != "core"

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
  .define("LEDGER_CHECKS", .when(configuration: .debug)),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/\(name)Tests",
    exclude: exclude, swiftSettings: settings)
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

var dependencies: [Package.Dependency] = []
var products: [Product] = []
var targets: [Target] = [
  .target(
    name: "CSimdJSON",
    linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("stdc++")]),
  library("JSONTape", ["CSimdJSON"]),
  .systemLibrary(name: "CCache"),
  library("Ledger", ["JSONTape", "CCache"]),
  .executableTarget(name: "Meter", dependencies: ["JSONTape", "Ledger"], path: "Tests/Meter", swiftSettings: settings),
  .target(name: "ReferenceJSON", dependencies: ["CSimdJSON"], path: "Tests/ReferenceJSON"),
  tests("JSONTape", ["ReferenceJSON"]),
  tests("Ledger", ["JSONTape"]),
]

if withCore {
  dependencies += [.package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2")]
  targets += [
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    library("LMDB", ["CLMDB"]),
    .target(name: "CSHA256"),
    .systemLibrary(name: "CScan"),
    library("EventLog", ["LMDB", "CZstd", "CSHA256", "CScan", "CCache", crypto]),
    .target(name: "CLinux"),
    library("LedgerEngine", ["Ledger", "EventLog", "JSONTape", "CCache", "CLinux", crypto]),
    library("WhatsApp", ["JSONTape", "Ledger", crypto]),
    .executableTarget(
      name: "LogBench", dependencies: ["CLMDB", "EventLog", "JSONTape", "Ledger", "LedgerEngine"],
      path: "Tests/LogBench", swiftSettings: settings),
    tests("LMDB", []),
    tests("EventLog", [crypto]),
    tests("LedgerEngine", ["Ledger", "EventLog", "JSONTape"]),
    tests("WhatsApp", ["JSONTape", "Ledger"]),
  ]
}

if withServer {
  dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ]
  let commands: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
  let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
  targets += [
    library(
      "LedgerServer",
      [
        "LedgerEngine", "WhatsApp", hummingbird,
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    library(
      "LedgerClient",
      [
        "JSONTape", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),
    library("WaybillTables", ["JSONTape"]),
    .executableTarget(
      name: "waybilld",
      dependencies: [
        "LedgerServer", "LedgerEngine", commands,
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ], swiftSettings: settings),
    .executableTarget(
      name: "waybill",
      dependencies: [
        "LedgerClient", "WaybillTables", "EventLog", "Ledger", "LedgerEngine", "WhatsApp", crypto, commands,
      ],
      swiftSettings: settings),
    tests("LedgerServer", ["LedgerEngine", "Ledger"]),
    tests("LedgerClient", []),
    tests("WaybillTables", [], exclude: ["Golden"]),
    tests("waybill", ["LedgerClient", "WaybillTables", commands]),
  ]
  products += [
    .executable(name: "waybilld", targets: ["waybilld"]),
    .executable(name: "waybill", targets: ["waybill"]),
  ]
}

let package = Package(
  name: "waybill", platforms: [.macOS(.v26)], products: products, dependencies: dependencies, targets: targets,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17)
