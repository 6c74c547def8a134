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
    let signature = try #require(WebhookSignature(secret: vector.secret))
    #expect(signature.verify(header: vector.header, rawBody: vector.body))
    #expect(signature.header(for: vector.body) == vector.header)
    // What one body left behind changes nothing for the next.
    #expect(signature.verify(header: vector.header, rawBody: vector.body))
  }

  @Test func `a header that is missing or shaped otherwise is refused`() throws {
    let vector = try Vector()
    let signature = try #require(WebhookSignature(secret: vector.secret))
    let digest = String(vector.header.dropFirst(7))
    let wrong: [String?] = [
      nil, "", "sha256=", digest, "sha1=" + digest, "SHA256=" + digest, "sha256:" + digest, vector.header + "0",
      String(vector.header.dropLast()), "sha256=" + digest.dropLast() + "g", " " + vector.header, vector.header + " ",
      "sha256=" + String(repeating: "0", count: 64), "sha256=" + String(repeating: "é", count: 32),
    ]
    for header in wrong {
      #expect(!signature.verify(header: header, rawBody: vector.body), "\(header ?? "nil")")
    }
  }

  @Test func `one changed bit anywhere is refused`() throws {
    let vector = try Vector()
    let signature = try #require(WebhookSignature(secret: vector.secret))
    for index in vector.body.indices {
      var body = vector.body
      body[index] ^= 1
      #expect(!signature.verify(header: vector.header, rawBody: body))
    }
    let other = try #require(WebhookSignature(secret: vector.secret + "x"))
    #expect(!other.verify(header: vector.header, rawBody: vector.body))
    #expect(!signature.verify(header: vector.header, rawBody: vector.body + [32]))
  }

  @Test(arguments: [nil, ""] as [String?]) func `without a secret nothing is signed`(secret: String?) throws {
    // HMAC under an empty key exists, and must not open the door.
    #expect(WebhookSignature(secret: secret) == nil)
  }
}
