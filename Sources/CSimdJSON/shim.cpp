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

// What a byte adds: in the low half the change of level, in the high half one for each white space.
struct weights {
  uint64_t of[256];
};
constexpr uint64_t spaces = uint64_t(1) << 32;
constexpr weights level_weights() {
  weights table{};
  table.of['{'] = table.of['['] = 1;
  table.of['}'] = table.of[']'] = ~uint64_t(0);  // -1; what it borrows from the high half, its opening lent
  return table;
}
constexpr weights space_weights() {
  weights table{};
  table.of[' '] = table.of['\t'] = table.of['\n'] = table.of['\r'] = spaces;
  return table;
}
constexpr weights by_level = level_weights(), by_space = space_weights();

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

tape_object tape_pass_object(const uint8_t *source, const uint32_t *structurals, size_t index) {
  // A structural follows a value or another structural; so white space between them shows just before it.
  uint64_t sum = 1;
  do {
    const uint8_t *byte = source + structurals[++index];
    sum += by_level.of[byte[0]] + by_space.of[byte[-1]];
  } while (uint32_t(sum) != 0);
  return {index + 1, sum >= spaces};
}

size_t tape_minify(const uint8_t *bytes, size_t count, uint8_t *target) {
  size_t written = 0;
  auto error = simdjson::minify(reinterpret_cast<const char *>(bytes), count, reinterpret_cast<char *>(target), written);
  return error == simdjson::SUCCESS ? written : SIZE_MAX;
}

bool tape_validate_utf8(const uint8_t *bytes, size_t count) {
  return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count);
}
