import JSONTape

extension ContactName {
  private struct InContact: ObjectPlace {
    var pointer: String { "/data/contact" }
  }

  private enum Key: Int, MemberKey {
    typealias Place = InContact
    case phone, user, name
    static let names: MemberNames = ["phone", "user", "name"]
  }

  init(_ value: TapeValue) throws(Refusal) {
    let fields = try Fields<Key>(value, at: InContact())
    user = try fields.nameIfAny(.user)
    name = try fields.text(.name)
    phone = nil
    if let text = try fields.text(.phone) {
      guard let phone = Phone(text) else {
        throw .badValue(
          "is \"\(text.excerpt)\"", remedy: "give 5 to 15 digits with the calling code, such as 5511987654321",
          at: fields.path(.phone))
      }
      self.phone = phone
    } else if user == nil {
      throw .missingMember(at: fields.path(.phone), or: "user")
    }
  }
}
