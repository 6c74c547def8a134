import EventLog
import Testing

@testable import LedgerEngine

@Suite struct FreshIdentitiesTests {
  private func identity(_ number: UInt64) -> Fingerprint { Fingerprint(high: number, low: number &* 3 & 0xFF) }

  private func entry(_ number: UInt64) -> FreshIdentities.Entry {
    FreshIdentities.Entry(identity: identity(number), sequence: number, submission: 0, index: Int32(number))
  }

  @Test func `what was added is found, until it is taken back or the group ends`() {
    var fresh = FreshIdentities()
    for number in 1...5000 as ClosedRange<UInt64> { fresh.add(entry(number)) }
    for number in 1...5000 as ClosedRange<UInt64> {
      #expect(fresh.find(identity(number)) { $0.index == Int32(number) }?.sequence == number)
    }
    fresh.removeLast(to: 1234)
    #expect(fresh.count == 1234)
    #expect(fresh.find(identity(1234)) { _ in true }?.sequence == 1234)
    #expect(fresh.find(identity(1235)) { _ in true } == nil)
    fresh.add(entry(9999))
    #expect(fresh.find(identity(9999)) { _ in true }?.sequence == 9999)
    fresh.removeAll()
    #expect(fresh.count == 0 && fresh.find(identity(1)) { _ in true } == nil)
    fresh.add(entry(1))
    #expect(fresh.find(identity(1)) { _ in true }?.sequence == 1)
  }

  @Test func `two events may share a fingerprint`() {
    var fresh = FreshIdentities()
    for sequence in 1...3 as ClosedRange<UInt64> {
      fresh.add(FreshIdentities.Entry(identity: identity(7), sequence: sequence, submission: 0, index: Int32(sequence)))
    }
    #expect(fresh.find(identity(7)) { $0.index == 3 }?.sequence == 3)
    #expect(fresh.find(identity(7)) { $0.index == 4 } == nil)
    fresh.removeLast(to: 2)
    #expect(fresh.find(identity(7)) { $0.index == 3 } == nil)
    #expect(fresh.find(identity(7)) { $0.index == 2 }?.sequence == 2)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `what was known before the generations ran out is not known behind it`(last: UInt64) {
    var fresh = FreshIdentities(lastGeneration: last)
    for group in 0..<10 as Range<UInt64> {
      // Each group with the same slots and other identities, and some with more slots than the one before.
      let numbers = group * 1000..<group * 1000 + 200 + 100 * (group % 4)
      for number in numbers { fresh.add(entry(number)) }
      for number in 0..<10_000 as Range<UInt64> {
        let found = fresh.find(identity(number), where: { _ in true })
        #expect(found?.sequence == (numbers.contains(number) ? number : nil))
      }
      fresh.removeAll(expecting: Int(group) * 100)
      #expect(fresh.find(identity(group * 1000), where: { _ in true }) == nil)
    }
  }
}
