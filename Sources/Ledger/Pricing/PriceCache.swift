/// Where the price of a charge was found last: most charges of an account are of one day, market and category.
///
/// Only ever a short cut: cards and their rows never change once published.
struct PriceCache: Sendable {
  private var cardCount = -1
  private var day = CalendarDay(rawValue: .min)
  private var card: Int?
  private var rowCard = -1
  private var market = NameID.none
  private var category = NameID.none
  private var row: Int?

  /// The card of an account's currency that rules messages on a day.
  mutating func card(_ currency: NameID, on day: CalendarDay, _ reference: inout Reference) -> Int? {
    if day != self.day || reference.cards.cards.count != cardCount {
      self.day = day
      cardCount = reference.cards.cards.count
      card = reference.cards.index(currency: currency, unit: .message, on: day)
    }
    return card
  }

  mutating func row(_ card: Int, market: NameID, category: NameID, _ reference: inout Reference) -> Int? {
    if card != rowCard || market != self.market || category != self.category {
      (rowCard, self.market, self.category) = (card, market, category)
      row = reference.cards.cards[card].row(market: market, category: category)
    }
    return row
  }
}
