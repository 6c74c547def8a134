import HummingbirdCore
import LedgerEngine

extension Daemon {
  @Sendable func metrics(_ call: Call) async throws -> Response {
    var text = PrometheusText()
    let engine = try? engine()
    text.single("waybill_ready", .gauge, "1 when events and questions are answered.", engine == nil ? 0 : 1)
    if let engine {
      Self.write(engine.statistics.snapshot, to: &text)
      Self.write(engine, unratedCount: await engine.countUnrated(), to: &text)
    }
    text.single("waybill_webhook_bytes", .gauge, "Bytes of webhooks received and not answered.", bodies.byteCount)
    writeRequests(to: &text)
    return .text(text.text, .metrics)
  }

  private static func write(_ values: Statistics.Snapshot, to text: inout PrometheusText) {
    text.single("waybill_events_appended_total", .counter, "Events appended since the start.", values.eventsAppended)
    text.single(
      "waybill_appended_bytes_total", .counter, "Bytes of records appended since the start.", values.bytesAppended)
    text.single("waybill_duplicates_total", .counter, "Events that were in the log already.", values.duplicates)
    text.single(
      "waybill_requests_refused_total", .counter, "Requests whose events were refused.", values.requestsRefused)
    text.single(
      "waybill_requests_busy_total", .counter, "Requests turned away because the queue was full.", values.requestsBusy)
    text.single(
      "waybill_disk_full_total", .counter, "Commits that failed because the disk was full.", values.diskFullFailures)
    text.histogram("waybill_commit_seconds", "How long a commit took, disk flush included.", values.commits)
    text.histogram(
      "waybill_fold_hold_seconds",
      "Processor time for which the fold held the state at a stretch; a question waits for one stretch at most.",
      values.foldHolds)
  }

  private static func write(_ engine: Engine, unratedCount: Int?, to text: inout PrometheusText) {
    text.single("waybill_last_sequence", .gauge, "The last event that is on disk and folded.", engine.lastSequence)
    text.single("waybill_fold_lag_events", .gauge, "Events on disk that are not folded yet.", engine.foldLag)
    text.single("waybill_queue_requests", .gauge, "Requests that wait for the writer.", engine.queueCount)
    text.single(
      "waybill_queue_waiting_for_room", .gauge, "Large requests that are not read from until there is room.",
      engine.roomlessCount)
    text.single("waybill_queue_bytes", .gauge, "Bytes of requests accepted and not answered.", engine.acceptedByteCount)
    text.single(
      "waybill_disk_free_bytes", .gauge, "Bytes free on the disk of the data folder.", engine.folder.freeByteCount)
    let usage = engine.logUsage
    text.single("waybill_log_bytes", .gauge, "Bytes of the log's file in use.", usage.usedBytes)
    text.single(
      "waybill_log_map_ratio", .gauge, "Used part of the log's memory map; raise the map before it is 1.",
      Double(usage.usedBytes) / Double(max(1, usage.mapBytes)))
    text.single(
      "waybill_checkpoint_sequence", .gauge,
      "The event up to which the newest checkpoint goes; a start folds from there.",
      engine.checkpointSequence)
    text.single(
      "waybill_cold_bytes", .gauge,
      "Bytes of the state that have not changed for long and lie in the file `cold`, not in the heap.",
      engine.coldByteCount)
    text.single(
      "waybill_checkpoint_failing", .gauge,
      "1 while checkpoints cannot be written; nothing is lost, starts are slower.",
      engine.checkpointFailure == nil ? 0 : 1)
    text.single("waybill_accounts", .gauge, "Accounts.", engine.accountCount)
    text.single(
      "waybill_accounts_unread", .gauge,
      "Accounts that were not read from the checkpoint yet; who asks for one waits until it is.",
      engine.absentAccountCount)
    if let unratedCount {
      text.single("waybill_unrated_charges", .gauge, "Delivered messages that have no price yet.", unratedCount)
    }
    text.single("waybill_kept_webhooks", .gauge, "Webhooks kept without effect.", engine.statistics.snapshot.keptCount)
  }

  private func writeRequests(to text: inout PrometheusText) {
    let name = "waybill_http_requests_total"
    text.family(name, .counter, "HTTP requests by route and status.")
    for (key, count) in counters.sorted() {
      text.sample(
        name, count, labels: [("route", key.route ?? "none"), ("method", key.method), ("status", "\(key.status)")])
    }
  }
}
