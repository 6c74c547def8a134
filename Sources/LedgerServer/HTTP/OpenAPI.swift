import Ledger

/// The description of the routes, OpenAPI 3.1, made from the table that serves them.
enum OpenAPI {
  static func document(of routes: [Route], version: String) -> String {
    let paths = Dictionary(grouping: routes) { templated($0.path) }
    let items = paths.keys.sorted().map { path in
      let operations = paths[path]!.map { #""\#($0.method.rawValue.lowercased())":\#(operation($0))"# }
      return "\(quoted(path)):{\(operations.joined(separator: ","))}"
    }
    return """
      {"openapi":"3.1.0","info":{"title":"Waybill","version":\(quoted(version)),"summary":\
      "A ledger for WhatsApp Business messaging, on a Unix socket"},"paths":{\(items.joined(separator: ","))},\
      "components":{"schemas":{"Problem":\(problemSchema)}}}
      """
  }

  private static func templated(_ path: String) -> String {
    path.split(separator: "...", omittingEmptySubsequences: false).joined()
  }

  private static func operation(_ route: Route) -> String {
    var members = [#""summary":\#(quoted(route.summary))"#]
    if let role = route.role { members.append(#""x-waybill-role":"\#(role.rawValue)""#) }
    let parameters =
      pathParameters(route) + route.query.map { parameter($0, in: "query") }
      + route.headers.map { parameter($0, in: "header") }
    if !parameters.isEmpty { members.append(#""parameters":[\#(parameters.joined(separator: ","))]"#) }
    if !route.accepts.isEmpty {
      let content = route.accepts.map { "\(quoted($0)):{}" }.joined(separator: ",")
      members.append(#""requestBody":{"required":true,"content":{\#(content)}}"#)
    }
    members.append(#""responses":{\#(responses(route))}"#)
    return "{\(members.joined(separator: ","))}"
  }

  private static func pathParameters(_ route: Route) -> [String] {
    route.pattern.parameterNames.map { #"{"name":"\#($0)","in":"path","required":true,"schema":{"type":"string"}}"# }
  }

  private static func parameter(_ parameter: Route.Parameter, in place: String) -> String {
    #"{"name":\#(quoted(parameter.name)),"in":"\#(place)","description":\#(quoted(parameter.summary)),"schema":{"type":"string"}}"#
  }

  private static func responses(_ route: Route) -> String {
    let content = route.answers.map { "\(quoted($0.rawValue)):{}" }.joined(separator: ",")
    let statuses = Set(route.refusals + [400, 403, 500] + (route.worksWhileReplaying ? [] : [503])).sorted()
    let problems = statuses.map { status in
      ##""\##(status)":{"description":"Refused","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}"##
    }
    return ([#""200":{"description":"Done","content":{\#(content)}}"#] + problems).joined(separator: ",")
  }

  private static let problemSchema = """
    {"type":"object","required":["type","title","status","detail"],"properties":{"type":{"type":"string"},\
    "title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"remedy":{"type":"string"},\
    "index":{"type":"integer"},"pointer":{"type":"string"},"first":{"type":"string"}}}
    """

  private static func quoted(_ string: String) -> String {
    var bytes: [UInt8] = []
    JSONWriter.appendString(string.utf8, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
