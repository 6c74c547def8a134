#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A tape of JSON values, written from the structural bytes that simdjson finds. No C++ exception crosses this boundary.
typedef struct tape_parser tape_parser;

/// What the bytes of a source must be.
typedef enum {
  tape_form_value,   // one value of any kind
  tape_form_object,  // one object
  tape_form_array,   // an array of objects
  tape_form_lines,   // an object a line, blank lines allowed
} tape_form;

/// An object of a source that is not a value alone.
typedef struct {
  /// From its `{` to its `}`; in the source, unless the caller puts a copy in its place.
  const uint8_t *bytes;
  uint32_t count;
  /// Of its first word on the tape.
  uint32_t position;
  /// Whether white space stands inside it outside strings.
  bool is_spaced;
} tape_element;

/// What the last successful parse left in the parser. The pointers die with the parser or its next parse.
typedef struct {
  /// Words: a type byte on top of 56 bits of payload. Word 0 is unused. By type:
  ///
  ///     " string         bytes without escapes: their count; the next word is the address of the first
  ///     l u d number     the next word is the value: Int64, UInt64 where that is too small, Double
  ///     t f n literal
  ///     { [ start        low 32 bits: the word behind the container's end; above, 24 bits: count of members or elements
  ///     } ] end          the word of the start
  ///
  /// Strings without escapes stay in the source; the others are in the parser. Eight bytes are readable from each.
  const uint64_t *words;
  tape_element *elements;
  size_t element_count;
  /// Whether some element is spaced.
  bool has_spaced;
} tape_view;

/// Bytes that must be readable behind the end of a source.
#define tape_padding 64

/// The source is not of the form asked for, or not JSON in a way that simdjson has no word for.
#define tape_refused (-1)

/// A parser that refuses more than `depth_limit` nested containers in a value; the array of `tape_form_array` does not
/// count. NULL without memory, which parses nothing: each parse fails for want of memory.
tape_parser *tape_parser_create(size_t depth_limit);
void tape_parser_destroy(tape_parser *parser);

/// Parses `count` bytes, behind which `tape_padding` more are readable; strings of the tape point into them.
/// Returns 0, `tape_refused` or a code for `tape_error_message`.
int tape_parser_parse(tape_parser *parser, const uint8_t *bytes, size_t count, tape_form form);
tape_view tape_parser_view(const tape_parser *parser);
const char *tape_error_message(int code);

/// The name of a member, prepared to be looked for on a tape.
typedef struct {
  /// The tape's word for a string as long as the name.
  uint64_t word;
  /// The first eight bytes, and which bits of them the name has.
  uint64_t head, mask;
  /// The last eight of more than eight bytes.
  uint64_t tail;
  const uint8_t *bytes;
  uint32_t count;
  /// Its place among its kind, below 32.
  uint32_t number;
} tape_name;

/// `bytes` must live as long as the name is used.
tape_name tape_name_of(const uint8_t *bytes, uint32_t count, uint32_t number);

/// Finds the members of the object at word `object` by names, behind which one stands that is all zero, and writes into
/// `places`, which are 0 before, at which word the value of each stands. The place stays 0 where there is no such member or
/// where its value is null. The search for a name begins behind the name before it: where members stand in the order of
/// `names`, the first look finds each.
/// Returns -1, or the first name that stands twice.
int tape_find_members(const uint64_t *words, size_t object, const tape_name *names, uint32_t *places);

/// Copies JSON without the white space outside strings. `target` has room for `count` + `tape_padding` bytes.
/// Returns the count written, or SIZE_MAX for an unterminated string. Checks nothing else: parse first.
size_t tape_minify(const uint8_t *bytes, size_t count, uint8_t *target);
bool tape_validate_utf8(const uint8_t *bytes, size_t count);

static inline bool tape_bytes_equal(const uint8_t *a, const uint8_t *b, size_t count) {
  return memcmp(a, b, count) == 0;
}
static inline int tape_bytes_compare(const uint8_t *a, const uint8_t *b, size_t count) { return memcmp(a, b, count); }

#ifdef __cplusplus
}
#endif
