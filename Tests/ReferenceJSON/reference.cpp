#include <simdjson.h>

#include "ReferenceJSON.h"
#include "dump.hpp"

using namespace simdjson;

struct reference {
  const size_t depth_limit;
  dom::parser parser;
  dump result;

  explicit reference(size_t depth_limit) : depth_limit(depth_limit) {}

  bool read(const uint8_t *bytes, size_t count, tape_form form) {
    result.bytes.clear();
    switch (form) {
      case tape_form_value: return parse(bytes, count) && write(root, 0);
      case tape_form_object: return parse(bytes, count) && root.is_object() && write(root, 0) && minify(bytes, count);
      case tape_form_array: return array(bytes, count);
      case tape_form_lines: return lines(bytes, count);
    }
    return false;
  }

 private:
  dom::element root;

  bool parse(const uint8_t *bytes, size_t count) { return parser.parse(bytes, count).get(root) == SUCCESS; }

  /// The array is no level of the objects in it.
  bool array(const uint8_t *bytes, size_t count) {
    dom::array array;
    if (!parse(bytes, count) || root.get(array) != SUCCESS) return false;
    for (dom::element element : array)
      if (!element.is_object() || !write(element, 0)) return false;
    return minify(bytes, count);
  }

  bool lines(const uint8_t *bytes, size_t count) {
    std::string all;
    bool has_any = false;
    for (size_t start = 0; start < count;) {
      auto *newline = static_cast<const uint8_t *>(std::memchr(bytes + start, '\n', count - start));
      size_t end = newline == nullptr ? count : size_t(newline - bytes);
      if (!is_blank(bytes + start, end - start)) {
        if (!parse(bytes + start, end - start) || !root.is_object() || !write(root, 0)) return false;
        append_minified(bytes + start, end - start, all);
        all.push_back('\n');
        has_any = true;
      }
      start = end + 1;
    }
    result.bytes += all;
    return has_any;
  }

  /// False when there are too many levels. simdjson does not count an empty container as one; this does.
  bool write(dom::element element, size_t depth) {
    switch (element.type()) {
      case dom::element_type::NULL_VALUE: return result.type('n'), true;
      case dom::element_type::BOOL: return result.type(bool(element) ? 't' : 'f'), true;
      case dom::element_type::STRING: return write(std::string_view(element)), true;
      case dom::element_type::INT64: return write<int64_t>('l', element), true;
      case dom::element_type::UINT64: return write<uint64_t>('u', element), true;
      case dom::element_type::DOUBLE: return write<double>('d', element), true;
      case dom::element_type::ARRAY:
        if (depth == depth_limit) return false;
        result.type('[');
        for (dom::element item : dom::array(element))
          if (!write(item, depth + 1)) return false;
        return result.type(']'), true;
      case dom::element_type::OBJECT:
        if (depth == depth_limit) return false;
        result.type('{');
        for (dom::key_value_pair member : dom::object(element)) {
          write(member.key);
          if (!write(member.value, depth + 1)) return false;
        }
        return result.type('}'), true;
    }
    return false;
  }

  void write(std::string_view string) { result.string(string.data(), string.size()); }

  template <typename Number>
  void write(char type, dom::element element) {
    Number number = Number(element);
    result.number(type, &number);
  }

  static bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

  static bool is_blank(const uint8_t *bytes, size_t count) {
    for (size_t index = 0; index < count; index++)
      if (!is_space(bytes[index])) return false;
    return true;
  }

  bool minify(const uint8_t *bytes, size_t count) {
    append_minified(bytes, count, result.bytes);
    return true;
  }

  static void append_minified(const uint8_t *bytes, size_t count, std::string &target) {
    bool is_in_string = false;
    for (size_t index = 0; index < count; index++) {
      if (!is_in_string && is_space(bytes[index])) continue;
      target.push_back(char(bytes[index]));
      if (bytes[index] == '"') is_in_string = !is_in_string;
      if (bytes[index] == '\\' && index + 1 < count) target.push_back(char(bytes[++index]));
    }
  }
};

reference *reference_create(size_t depth_limit) { return new reference(depth_limit); }

void reference_destroy(reference *reference) { delete reference; }

bool reference_read(
    reference *reference, const uint8_t *bytes, size_t count, tape_form form, const uint8_t **dump, size_t *dump_count) {
  if (!reference->read(bytes, count, form)) return false;
  *dump = reinterpret_cast<const uint8_t *>(reference->result.bytes.data());
  *dump_count = reference->result.bytes.size();
  return true;
}
