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
    let user = try fields.nameIfAny(.user)
    _ = try fields.text(.name)
    var phone: Phone?
    if let text = try fields.text(.phone) {
      phone = Phone(text)
      guard phone != nil else {
        throw .badValue(
          "is \"\(text.excerpt)\"", remedy: "give 5 to 15 digits with the calling code, such as 5511987654321",
          at: fields.path(.phone))
      }
    } else if user == nil {
      throw .missingMember(at: fields.path(.phone), or: "user")
    }
    self.init(phone: phone, user: user)
  }
}
