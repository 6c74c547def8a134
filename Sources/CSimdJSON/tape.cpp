#include "tape.hpp"

#include <cstring>

#define UNLIKELY(condition) __builtin_expect(bool(condition), 0)

namespace {

constexpr uint64_t tag(uint8_t type) { return uint64_t(type) << 56; }

struct byte_set {
  bool has[256];
};
constexpr byte_set made_of(const char *bytes) {
  byte_set set{};
  for (; *bytes != 0; bytes++) set.has[uint8_t(*bytes)] = true;
  return set;
}
constexpr byte_set spaces = made_of(" \t\n\r");
constexpr byte_set ends_of_scalars = made_of(" \t\n\r,:{}[]");

class writer {
 public:
  writer(tape_parser &parser, const uint8_t *source, size_t count)
      : parser(parser), source(source), count(count), base(parser.words.items), out(base + 1) {
    next = parser.dom.implementation->structural_indexes.get();
    stop = next + parser.dom.implementation->n_structural_indexes;
    find_backslash(0);
  }

  int write(tape_form form) {
    switch (form) {
      case tape_form_value: return value();
      case tape_form_object: return objects(false);
      case tape_form_lines: return objects(true);
      case tape_form_array: return array_of_objects();
    }
    return tape_refused;
  }

 private:
  tape_parser &parser;
  const uint8_t *const source;
  const size_t count;
  uint64_t *const base;
  uint64_t *out;
  /// The next structural byte. Behind the last stand some that say `count`, so that a step or two too far are seen late.
  const uint32_t *next;
  const uint32_t *stop;
  /// No backslash stands between what was written and this.
  size_t backslash = 0;
  /// Bytes of strings and other scalars beyond the first of each.
  size_t scalar_bytes = 0;
  uint8_t *unescaped = nullptr;
  int failure = tape_refused;

  // What a source is

  int value() {
    uint32_t at = *next++;
    bool fits = source[at] == '{' || source[at] == '[' ? container(at) : source[at] == '"' ? string(at) : scalar(at);
    return !fits ? failure : next == stop ? 0 : tape_refused;
  }

  int objects(bool are_lines) {
    size_t end = 0;
    while (next < stop) {
      uint32_t at = *next++;
      if (source[at] != '{') return tape_refused;
      if (parser.element_count > 0 && !(are_lines && has_newline(end, at))) return tape_refused;
      if (!element(at)) return failure;
      const auto &last = parser.elements.items[parser.element_count - 1];
      end = at + last.count;
      if (UNLIKELY(last.is_spaced) && are_lines && has_newline(at, end)) return tape_refused;
    }
    return parser.element_count > 0 ? 0 : tape_refused;
  }

  int array_of_objects() {
    if (source[*next++] != '[') return tape_refused;
    uint64_t *start = out++;
    uint32_t at = *next++;
    while (source[at] != ']' || parser.element_count > 0) {
      if (source[at] != '{') return tape_refused;
      if (!element(at)) return failure;
      at = *next++;
      if (source[at] == ']') break;
      if (source[at] != ',') return tape_refused;
      at = *next++;
    }
    *out++ = tag(']') | uint64_t(start - base);
    *start = tag('[') | counted(parser.element_count) | uint64_t(out - base);
    return next == stop ? 0 : tape_refused;
  }

  bool has_newline(size_t from, size_t to) const {
    return from < to && (source[from] == '\n' || std::memchr(source + from, '\n', to - from) != nullptr);
  }

  /// The object whose `{` is the structural byte before `next`.
  bool element(uint32_t at) {
    if (!parser.elements.extend(parser.element_count)) return fail(simdjson::MEMALLOC);
    const uint32_t *first = next - 1;
    uint32_t position = uint32_t(out - base);
    scalar_bytes = 0;
    if (!container(at)) return false;
    uint32_t length = next[-1] + 1 - at;
    // Where there is no white space, the structural bytes and the rest of the scalars are all there is.
    bool is_spaced = size_t(next - first) + scalar_bytes != length;
    parser.elements.items[parser.element_count++] = {source + at, length, position, is_spaced};
    parser.has_spaced |= is_spaced;
    return true;
  }

  // Containers

  static uint64_t counted(size_t count) { return uint64_t(count < 0xFFFFFF ? count : 0xFFFFFF) << 32; }

  /// The container that begins at `at`, to its end. Levels are kept on a stack of the parser's.
  ///
  /// What changes with each step is kept in variables of this function, that is in registers: `leave` and `enter` put it
  /// where the slower ways find it, and back.
  bool container(uint32_t at) {
    const uint8_t *const source = this->source;
    open_container *const stack = parser.open.items;
    const size_t depth_limit = parser.depth_limit;
    const uint32_t *next = this->next;
    uint64_t *out = this->out;
    size_t scalar_bytes = this->scalar_bytes, backslash = this->backslash;
    size_t depth = 0;
    uint64_t members = 0;

    auto leave = [&]() __attribute__((always_inline)) {
      this->next = next;
      this->out = out;
      this->scalar_bytes = scalar_bytes;
    };
    auto enter = [&]() __attribute__((always_inline)) {
      out = this->out;
      scalar_bytes = this->scalar_bytes;
      backslash = this->backslash;
    };
    // The string whose opening quote is the structural byte before `next`. simdjson found it closed; so but for white space
    // its closing quote stands just before the next structural byte.
    auto string = [&](uint32_t start) __attribute__((always_inline)) {
      size_t last = size_t(*next) - 1;
      if (UNLIKELY(source[last] != '"') || UNLIKELY(last <= start) || UNLIKELY(backslash < last)) {
        leave();
        bool fits = this->string(start);
        enter();
        return fits;
      }
      out[0] = tag('"') | (last - start - 1);
      out[1] = uint64_t(uintptr_t(source + start + 1));
      out += 2;
      scalar_bytes += last - start;
      return true;
    };
    auto other = [&](uint32_t start) {
      leave();
      bool fits = scalar(start);
      enter();
      return fits;
    };

    if (source[at] == '[') goto array;

  object:
    if (UNLIKELY(depth == depth_limit || next > stop)) return fail(simdjson::DEPTH_ERROR);
    stack[depth++] = {uint32_t(out - base), uint32_t(members)};
    *out++ = tag('{');
    members = 0;
    at = *next++;
    if (source[at] == '}') goto close;

  member:
    if (UNLIKELY(source[at] != '"') || !string(at)) return false;
    if (UNLIKELY(source[*next] != ':')) return false;
    members++;
    at = next[1];
    next += 2;
    if (source[at] == '"') {
      if (!string(at)) return false;
    } else if (source[at] == '{') {
      goto object;
    } else if (source[at] == '[') {
      goto array;
    } else if (!other(at)) {
      return false;
    }

  member_end:
    if (UNLIKELY(next >= stop)) return false;
    at = *next++;
    if (source[at] == ',') {
      at = *next++;
      goto member;
    }
    if (UNLIKELY(source[at] != '}')) return false;

  close: {
    open_container closed = stack[--depth];
    uint8_t opening = uint8_t(base[closed.start] >> 56);
    *out++ = tag(opening + 2) | closed.start;  // in ASCII '}' is two behind '{', and ']' two behind '['
    base[closed.start] = tag(opening) | counted(members) | uint64_t(out - base);
    members = closed.count;
    if (depth == 0) {
      leave();
      return next <= stop;
    }
    if (uint8_t(base[stack[depth - 1].start] >> 56) == '{') goto member_end;
    goto element_end;
  }

  array:
    if (UNLIKELY(depth == depth_limit || next > stop)) return fail(simdjson::DEPTH_ERROR);
    stack[depth++] = {uint32_t(out - base), uint32_t(members)};
    *out++ = tag('[');
    members = 0;
    at = *next++;
    if (source[at] == ']') goto close;

  array_element:
    members++;
    if (source[at] == '"') {
      if (!string(at)) return false;
    } else if (source[at] == '{') {
      goto object;
    } else if (source[at] == '[') {
      goto array;
    } else if (!other(at)) {
      return false;
    }

  element_end:
    if (UNLIKELY(next >= stop)) return false;
    at = *next++;
    if (source[at] == ',') {
      at = *next++;
      goto array_element;
    }
    if (UNLIKELY(source[at] != ']')) return false;
    goto close;
  }

  // Strings

  /// As in `container`, whatever the string holds and whatever stands behind it.
  __attribute__((noinline)) bool string(uint32_t at) {
    size_t last = size_t(*next) - 1;
    while (last > at && spaces.has[source[last]]) last--;
    if (last <= at || source[last] != '"') return false;
    scalar_bytes += last - at;
    if (backslash < at) find_backslash(at);
    if (backslash < last) return escaped_string(at);
    write_string(source + at + 1, last - at - 1);
    return true;
  }

  void write_string(const uint8_t *start, size_t length) {
    out[0] = tag('"') | length;
    out[1] = uint64_t(uintptr_t(start));
    out += 2;
  }

  void find_backslash(size_t from) {
    auto *found = static_cast<const uint8_t *>(std::memchr(source + from, '\\', count - from));
    backslash = found == nullptr ? count : size_t(found - source);
  }

  bool escaped_string(uint32_t at) {
    if (unescaped == nullptr) {  // room for all strings, and for what simdjson writes beyond the end of one
      if (!parser.strings.reserve(count + 2 * tape_padding)) return fail(simdjson::MEMALLOC);
      unescaped = parser.strings.items;
    }
    uint8_t *end = parser.dom.implementation->parse_string(source + at + 1, unescaped);
    if (end == nullptr) return fail(simdjson::STRING_ERROR);
    write_string(unescaped, size_t(end - unescaped));
    unescaped = end;
    return true;
  }

  // Other scalars

  bool is_end(size_t at) const { return at >= count || ends_of_scalars.has[source[at]]; }

  __attribute__((noinline)) bool scalar(uint32_t at) {
    switch (source[at]) {
      case 't': return literal(at, "true", 4);
      case 'f': return literal(at, "false", 5);
      case 'n': return literal(at, "null", 4);
      default: return number(at);
    }
  }

  bool literal(uint32_t at, const char *word, size_t length) {
    if (at + length > count || std::memcmp(source + at, word, length) != 0 || !is_end(at + length)) return false;
    *out++ = tag(source[at]);
    scalar_bytes += length - 1;
    return true;
  }

  /// Integers of up to 18 digits are read here, all else by simdjson.
  bool number(uint32_t at) {
    bool is_negative = source[at] == '-';
    size_t first = at + is_negative, end = first;
    uint64_t magnitude = 0;
    while (end < count && uint8_t(source[end] - '0') < 10 && end - first < 19)
      magnitude = magnitude * 10 + uint8_t(source[end++] - '0');
    bool is_simple = end > first && end - first < 19 && is_end(end) && (source[first] != '0' || end == first + 1);
    if (!is_simple) return other_number(at);
    out[0] = tag('l');
    out[1] = is_negative ? 0 - magnitude : magnitude;
    out += 2;
    scalar_bytes += end - at - 1;
    return true;
  }

  bool other_number(uint32_t at) {
    if (source[at] != '-' && uint8_t(source[at] - '0') >= 10) return false;
    size_t end = at;
    while (!is_end(end)) end++;
    simdjson::dom::element element;
    if (auto error = parser.numbers.parse(source + at, end - at, true).get(element)) return fail(error);
    switch (element.type()) {
      case simdjson::dom::element_type::INT64:
        out[0] = tag('l');
        out[1] = uint64_t(int64_t(element));
        break;
      case simdjson::dom::element_type::UINT64:
        out[0] = tag('u');
        out[1] = uint64_t(element);
        break;
      case simdjson::dom::element_type::DOUBLE: {
        double value = double(element);
        out[0] = tag('d');
        std::memcpy(out + 1, &value, sizeof value);
        break;
      }
      default: return false;
    }
    out += 2;
    scalar_bytes += end - at - 1;
    return true;
  }

  bool fail(int code) {
    failure = code;
    return false;
  }
};

}  // namespace

int tape_write(tape_parser &parser, const uint8_t *source, size_t count, tape_form form) {
  auto &implementation = *parser.dom.implementation;
  size_t structurals = implementation.n_structural_indexes;
  // Each takes at most two words; and some are looked at behind the end.
  constexpr size_t beyond = 8;
  if (!parser.words.reserve(2 * (structurals + beyond) + 2)) return simdjson::MEMALLOC;
  if (!parser.open.reserve(parser.depth_limit + 1)) return simdjson::MEMALLOC;
  for (size_t index = 0; index < beyond; index++) implementation.structural_indexes[structurals + index] = uint32_t(count);
  parser.words.items[0] = 0;
  return writer(parser, source, count).write(form);
}

namespace {

uint64_t eight_bytes(const uint8_t *bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// Whether a string of the tape, its word and its first byte, is the name.
inline bool is_name(const tape_name *name, uint64_t word, const uint8_t *text) {
  if (name->word != word || ((name->head ^ eight_bytes(text)) & name->mask) != 0) return false;
  if (name->count <= 8) return true;
  if (name->tail != eight_bytes(text + name->count - 8)) return false;
  return name->count <= 16 || std::memcmp(name->bytes, text, name->count) == 0;
}

/// As `is_name`, for names of up to 16 bytes: false for others.
inline bool is_short_name(const tape_name *name, uint64_t word, const uint8_t *text) {
  if (name->word != word || ((name->head ^ eight_bytes(text)) & name->mask) != 0) return false;
  return name->count <= 8 || (name->count <= 16 && name->tail == eight_bytes(text + name->count - 8));
}

/// How many words a member takes by the type of its value; 0 for containers, which say themselves where they end.
struct member_words {
  uint8_t of[256];
};
constexpr member_words known_lengths() {
  member_words lengths{};
  for (uint8_t type : {'"', 'l', 'u', 'd'}) lengths.of[type] = 4;
  for (uint8_t type : {'t', 'f', 'n'}) lengths.of[type] = 3;
  return lengths;
}
constexpr member_words lengths = known_lengths();

/// As `tape_find_members` from word `member` on, whatever the order and whatever stands twice.
__attribute__((noinline)) int find_scattered(
    const uint64_t *words, size_t member, size_t end, const tape_name *names, const tape_name *usual, uint32_t *places) {
  uint32_t nulls = 0;  // a null leaves no place, and yet may not stand twice
  while (member < end) {
    auto *text = reinterpret_cast<const uint8_t *>(uintptr_t(words[member + 1]));
    const tape_name *name = usual;
    while (name->word != 0 && !is_name(name, words[member], text)) name++;
    if (name->word == 0)
      for (name = names; name < usual && !is_name(name, words[member], text);) name++;
    const uint64_t value = words[member + 2];
    const uint8_t type = uint8_t(value >> 56);
    if (name->word != 0 && is_name(name, words[member], text)) {
      if (places[name->number] != 0 || (nulls >> name->number & 1) != 0) return int(name->number);
      if (type == 'n') nulls |= uint32_t(1) << name->number;
      else places[name->number] = uint32_t(member + 2);
      usual = name + 1;
    }
    member = lengths.of[type] != 0 ? member + lengths.of[type] : uint32_t(value);
  }
  return -1;
}

}  // namespace

// Nearly every object has its members in the order of `names`, some left out, and names of up to 16 bytes. So this looks
// only forward: then none can stand twice, and nothing needs to be noted but where each stands. The rest of any other
// object is left to `find_scattered`.
int tape_find_members(const uint64_t *words, size_t object, const tape_name *names, uint32_t *places) {
  const size_t end = uint32_t(words[object]) - 1;
  size_t member = object + 1;
  const tape_name *name = names;
  while (member < end) {
    const uint64_t word = words[member];
    auto *text = reinterpret_cast<const uint8_t *>(uintptr_t(words[member + 1]));
    const tape_name *usual = name;
    while (UNLIKELY(!is_short_name(name, word, text)))
      if ((name++)->word == 0) return find_scattered(words, member, end, names, usual, places);
    const uint64_t value = words[member + 2];
    const size_t length = lengths.of[value >> 56];
    if (UNLIKELY(value >> 56 == 'n')) return find_scattered(words, member, end, names, usual, places);
    places[name->number] = uint32_t(member + 2);
    member = length == 0 ? uint32_t(value) : member + length;
    name++;
  }
  return -1;
}

tape_name tape_name_of(const uint8_t *bytes, uint32_t count, uint32_t number) {
  uint64_t head = 0, mask = 0;
  std::memcpy(&head, bytes, count < 8 ? count : 8);
  std::memset(&mask, 0xFF, count < 8 ? count : 8);
  return {tag('"') | count, head, mask, count > 8 ? eight_bytes(bytes + count - 8) : 0, bytes, count, number};
}
