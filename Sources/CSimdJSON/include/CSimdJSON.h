#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// simdjson's DOM parser, of which only the tape is used. No C++ exception crosses this boundary.
typedef struct tape_parser tape_parser;

/// What the last successful parse left in the parser. The pointers die with the parser or its next parse.
typedef struct {
  /// Words: a type byte on top of 56 bits of payload. Numbers have their value in the word after.
  const uint64_t *words;
  /// Strings, unescaped: a 32-bit length, the bytes, a NUL.
  const uint8_t *strings;
  /// Offsets in the source of each `{ } [ ] : ,` outside strings and of the first byte of each scalar, ascending.
  const uint32_t *structurals;
  size_t structural_count;
} tape_view;

/// Bytes that must be readable behind the end of a source.
#define tape_padding 64

/// A parser that refuses `depth_limit` nested containers, where an empty one does not count; or NULL without memory.
tape_parser *tape_parser_create(size_t capacity, size_t depth_limit);
void tape_parser_destroy(tape_parser *parser);

/// Parses `count` bytes, behind which `tape_padding` more are readable. Returns 0 or a code for `tape_error_message`.
int tape_parser_parse(tape_parser *parser, const uint8_t *bytes, size_t count);
tape_view tape_parser_view(const tape_parser *parser);
const char *tape_error_message(int code);

typedef struct {
  /// The structural after the closing brace.
  size_t next;
  /// Whether white space stands between the braces outside strings.
  bool is_spaced;
} tape_object;

/// Walks from the `{` at `structurals[index]` to its `}`. Both must be of a successful parse of `source`.
tape_object tape_pass_object(const uint8_t *source, const uint32_t *structurals, size_t index);

/// Copies JSON without the white space outside strings. `target` has room for `count` + `tape_padding` bytes.
/// Returns the count written, or SIZE_MAX for an unterminated string. Checks nothing else: parse first.
size_t tape_minify(const uint8_t *bytes, size_t count, uint8_t *target);
bool tape_validate_utf8(const uint8_t *bytes, size_t count);

static inline bool tape_bytes_equal(const uint8_t *a, const uint8_t *b, size_t count) {
  return memcmp(a, b, count) == 0;
}
static inline int tape_bytes_compare(const uint8_t *a, const uint8_t *b, size_t count) { return memcmp(a, b, count); }
static inline const uint8_t *tape_find_byte(const uint8_t *bytes, uint8_t byte, size_t count) {
  return (const uint8_t *)memchr(bytes, byte, count);
}

#ifdef __cplusplus
}
#endif
