import JSONTape
import Testing

@testable import Ledger

struct FingerprintTests {
  /// The first six are in the tests of github.com/spaolacci/murmur3; the rest, at the edges of blocks, come from a port of
  /// the reference whose SMHasher verification value is 0x6384ba69.
  @Test(
    arguments: [
      ("", 0, 0),
      ("hello", 0xcbd8_a7b3_41bd_9b02, 0x5b1e_906a_48ae_1d19),
      ("hello, world", 0x342f_ac62_3a5e_bc8e, 0x4cdc_bc07_9642_414d),
      ("19 Jan 2038 at 3:14:07 AM", 0xb89e_5988_b737_affc, 0x664f_c295_0231_b2cb),
      ("The quick brown fox jumps over the lazy dog.", 0xcd99_481f_9ee9_02c9, 0x695d_a1a3_8987_b6e7),
      ("a", 0x8555_5565_f659_7889, 0xe6b5_3a48_510e_895a),
      ("0123456", 0x13eb_9fb8_2606_f7a6, 0xb4eb_ef49_2fde_f34e),
      ("01234567", 0x8236_039b_7387_354d, 0xc336_9387_d896_4920),
      ("012345678", 0x4c1e_8751_9fe7_38ba, 0x72a1_7af8_99d5_97f1),
      ("0123456789abcde", 0xa62d_d5f6_c0bf_2351, 0x4fcc_f50c_7c54_4cf0),
      ("0123456789abcdef", 0x4be0_6d94_cf4a_d1a7, 0x87c3_5b5c_63a7_08da),
      ("0123456789abcdefg", 0x8e32_612d_aa45_f9de, 0x0800_f4c2_06c3_72ee),
      ("0123456789abcdefghijklmnopqrstu", 0xb828_780c_1a6e_0542, 0x3922_7391_13a7_e9b2),
      ("0123456789abcdefghijklmnopqrstuv", 0x2f28_5cce_c0ed_f1f7, 0xc405_d663_74de_a50b),
      ("0123456789abcdefghijklmnopqrstuvw", 0xe820_17bf_9574_1128, 0xddc5_6eb3_2bc3_a99a),
    ] as [(StaticString, UInt64, UInt64)])
  func `a fingerprint is MurmurHash3 x64 128 with seed 0`(text: StaticString, high: UInt64, low: UInt64) {
    #expect(Fingerprint128(Text(text)) == Fingerprint128(high: high, low: low))
  }

  @Test func `a fingerprint of two texts is that of the second seeded by the first`() {
    #expect(Fingerprint128("", "wamid.HBgL") == Fingerprint128("wamid.HBgL"))
    #expect(Fingerprint128("/whatsapp/1", "wamid.HBgL") != Fingerprint128("wamid.HBgL"))
    #expect(Fingerprint128("/whatsapp/1", "wamid.HBgL") != Fingerprint128("wamid.HBgL", "/whatsapp/1"))
  }

  @Test func `where one text ends and the other begins shows`() {
    #expect(Fingerprint128("ab", "c") != Fingerprint128("a", "bc"))
    #expect(Fingerprint128("", "a") != Fingerprint128("a", ""))
  }

  @Test func `fingerprints are ordered by their high half first`() {
    let low = Fingerprint128(high: 1, low: 9)
    let high = Fingerprint128(high: 2, low: 0)
    #expect(low < high)
    #expect(Fingerprint128(high: 1, low: 8) < low)
    #expect(!(low < low))
  }
}
