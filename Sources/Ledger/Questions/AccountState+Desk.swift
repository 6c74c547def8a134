extension AccountState {
  func answerDesk(_ question: Question, now: Timestamp, to json: inout JSONWriter) throws(Refusal) {
  }
}
