import Ledger
import LedgerEngine

extension Problem {
  /// The whole map from errors to answers; nil for a failure of the daemon itself.
  init?(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let refusal as Refusal: self.init(refusal)
    case let failure as AppendFailure: self.init(failure)
    default: return nil
    }
  }

  init(_ refusal: Refusal) {
    self.init(refusal.status, refusal.code.rawValue, refusal.message, remedy: refusal.remedy)
    index = refusal.index
    pointer = refusal.pointer
  }

  private init(_ failure: AppendFailure) {
    switch failure {
    case .refused(let refusal): self.init(refusal)
    case .conflict(let refusal, let first, _):
      self.init(refusal)
      self.first = first
    case .busy: self = .busy
    case .closing:
      self.init(503, "stopping", "the daemon is stopping", remedy: "send it again when it is back")
      retryAfterSeconds = 2
    case .diskFull(let reason):
      self.init(
        507, "disk_full", reason,
        remedy: "make room on the disk of the data folder, then send it again; reading goes on")
    }
  }
}
