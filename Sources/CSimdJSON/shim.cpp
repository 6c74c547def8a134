#include "CSimdJSON.h"

#include <simdjson.h>

static_assert(tape_padding >= simdjson::SIMDJSON_PADDING, "sources need simdjson's padding");

struct tape_parser {
  simdjson::dom::parser dom;
  size_t depth_limit;
};

namespace {

// Grows in powers of two, so that requests of slowly rising size do not allocate each time.
simdjson::error_code reserve(tape_parser &parser, size_t count) {
  size_t capacity = 4096;
  while (capacity < count && capacity < (size_t(1) << 31)) capacity *= 2;
  if (capacity < count) capacity = count;
  if (capacity > parser.dom.max_capacity()) return simdjson::CAPACITY;
  if (parser.dom.capacity() < capacity) {
    if (auto error = parser.dom.allocate(capacity, parser.depth_limit)) return error;
  }
  return parser.dom.doc.capacity() < capacity ? parser.dom.doc.allocate(capacity) : simdjson::SUCCESS;
}

}  // namespace

tape_parser *tape_parser_create(size_t capacity, size_t depth_limit) {
  auto *parser = new (std::nothrow) tape_parser{simdjson::dom::parser{}, depth_limit};
  if (parser == nullptr) return nullptr;
  if (reserve(*parser, capacity) != simdjson::SUCCESS) {
    delete parser;
    return nullptr;
  }
  return parser;
}

void tape_parser_destroy(tape_parser *parser) { delete parser; }

int tape_parser_parse(tape_parser *parser, const uint8_t *bytes, size_t count) {
  if (count == 0) return simdjson::EMPTY;
  if (auto error = reserve(*parser, count)) return error;
  return parser->dom.parse(bytes, count, false).error();
}

tape_view tape_parser_view(const tape_parser *parser) {
  const auto &dom = parser->dom;
  return {dom.doc.tape.get(), dom.doc.string_buf.get(), dom.implementation->structural_indexes.get(),
          dom.implementation->n_structural_indexes};
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
