#include "parser.hpp"
#include "tape.hpp"

static_assert(tape_padding >= simdjson::SIMDJSON_PADDING, "sources need simdjson's padding");

namespace {

// Positions on the tape have 32 bits, and each byte may need two words.
constexpr size_t longest_source = (size_t(1) << 31) - 4096;

// Grows in powers of two, so that requests of slowly rising size do not allocate each time. The list of structural bytes
// gets room for some beyond the last.
simdjson::error_code reserve(tape_parser &parser, size_t count) {
  if (count > longest_source) return simdjson::CAPACITY;
  size_t capacity = 4096;
  while (capacity < count + tape_padding) capacity *= 2;
  if (parser.dom.capacity() >= capacity) return simdjson::SUCCESS;
  return parser.dom.allocate(capacity, 1);
}

}  // namespace

tape_parser *tape_parser_create(size_t depth_limit) {
  auto *parser = new (std::nothrow) tape_parser();
  if (parser != nullptr) parser->depth_limit = depth_limit;
  return parser;
}

void tape_parser_destroy(tape_parser *parser) { delete parser; }

int tape_parser_parse(tape_parser *parser, const uint8_t *bytes, size_t count, tape_form form) {
  if (parser == nullptr) return simdjson::MEMALLOC;
  parser->element_count = 0;
  parser->has_spaced = false;
  if (count == 0) return simdjson::EMPTY;
  if (auto error = reserve(*parser, count)) return error;
  if (auto error = parser->dom.implementation->stage1(bytes, count, simdjson::stage1_mode::regular)) return error;
  return tape_write(*parser, bytes, count, form);
}

tape_view tape_parser_view(const tape_parser *parser) {
  return {parser->words.items, parser->elements.items, parser->element_count, parser->has_spaced};
}

const char *tape_error_message(int code) { return simdjson::error_message(simdjson::error_code(code)); }

size_t tape_minify(const uint8_t *bytes, size_t count, uint8_t *target) {
  size_t written = 0;
  auto error = simdjson::minify(reinterpret_cast<const char *>(bytes), count, reinterpret_cast<char *>(target), written);
  return error == simdjson::SUCCESS ? written : SIZE_MAX;
}

bool tape_validate_utf8(const uint8_t *bytes, size_t count) {
  return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
}
