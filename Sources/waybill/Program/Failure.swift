import ArgumentParser
import LedgerClient
import WaybillTables

/// Why a command ends without having done what it should: a sentence, what to do next, and an exit status.
struct Failure: Error, Equatable {
  var sentence: String
  var nextStep: String
  var status: Int32

  init(_ sentence: String, _ nextStep: String = "", status: Int32 = 1) {
    self.sentence = sentence
    self.nextStep = nextStep
    self.status = status
  }
}

/// An error that says itself what is wrong and what to do.
protocol Explained: Error {
  var failure: Failure { get }
}

extension Failure: Explained {
  var failure: Failure { self }
}

extension LedgerClientError: Explained {
  var failure: Failure {
    switch self {
    case .noDaemon: Failure(sentence, nextStep, status: 3)
    case .refused(let problem):
      Failure(problem.sentence + place(of: problem), nextStep)
    case .notPermitted, .interrupted: Failure(sentence, nextStep)
    }
  }

  /// Which event and field, where the daemon names them and its sentence does not.
  private func place(of problem: Problem) -> String {
    var parts: [String] = []
    if let index = problem.index, index > 0 { parts.append("event \(index + 1)") }
    if let pointer = problem.unsaidPointer { parts.append("at \(pointer)") }
    return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
  }
}

extension Problem {
  /// The field's JSON pointer, unless the sentence names it already; one that begins with `?` is of the query.
  var unsaidPointer: String? {
    guard let pointer, pointer.hasPrefix("/"), !sentence.contains(pointer) else { return nil }
    return pointer
  }
}

extension EventFileError: Explained {
  var failure: Failure { Failure(sentence, nextStep) }
}
