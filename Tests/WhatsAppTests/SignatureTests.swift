import Testing
import WhatsApp

struct SignatureTests {
  private struct Vector {
    var secret: String
    var body: [UInt8]
    var header: String

    init() throws {
      let json = try JSON(parsing: try Fixtures.bytes("signature-vector.json"))
      secret = try #require(json["app_secret"]?.string)
      body = Array(try #require(json["raw_body"]?.string).utf8)
      header = try #require(json["header_value"]?.string)
    }
  }

  @Test func `the checked vector is accepted`() throws {
    let vector = try Vector()
    #expect(WebhookSignature.verify(header: vector.header, rawBody: vector.body, secret: vector.secret))
    #expect(WebhookSignature.header(for: vector.body, secret: vector.secret) == vector.header)
  }

  @Test func `a header that is missing or shaped otherwise is refused`() throws {
    let vector = try Vector()
    let digest = String(vector.header.dropFirst(7))
    let wrong: [String?] = [
      nil, "", "sha256=", digest, "sha1=" + digest, "SHA256=" + digest, "sha256:" + digest, vector.header + "0",
      String(vector.header.dropLast()), "sha256=" + digest.dropLast() + "g", " " + vector.header, vector.header + " ",
      "sha256=" + String(repeating: "0", count: 64), "sha256=" + String(repeating: "é", count: 32),
    ]
    for header in wrong {
      #expect(
        !WebhookSignature.verify(header: header, rawBody: vector.body, secret: vector.secret), "\(header ?? "nil")")
    }
  }

  @Test func `one changed bit anywhere is refused`() throws {
    let vector = try Vector()
    for index in vector.body.indices {
      var body = vector.body
      body[index] ^= 1
      #expect(!WebhookSignature.verify(header: vector.header, rawBody: body, secret: vector.secret))
    }
    #expect(!WebhookSignature.verify(header: vector.header, rawBody: vector.body, secret: vector.secret + "x"))
    #expect(!WebhookSignature.verify(header: vector.header, rawBody: vector.body + [32], secret: vector.secret))
  }

  @Test(arguments: [nil, ""] as [String?]) func `without a secret everything is refused`(secret: String?) throws {
    let vector = try Vector()
    #expect(!WebhookSignature.verify(header: vector.header, rawBody: vector.body, secret: secret))
    // HMAC under an empty key exists, and must not open the door.
    let open = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    #expect(!WebhookSignature.verify(header: open, rawBody: [], secret: secret))
  }
}
