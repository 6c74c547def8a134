#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "ReferenceJSON.h"
#include "dump.hpp"

namespace {

/// Memory whose neighbours on both sides cannot be read.
class guarded_memory {
 public:
  explicit guarded_memory(size_t wanted) : page(size_t(sysconf(_SC_PAGESIZE))), count((wanted / page + 1) * page) {
    auto *all = mmap(nullptr, count + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    start = static_cast<uint8_t *>(all) + page;
    if (all == MAP_FAILED || mprotect(start, count, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  ~guarded_memory() { munmap(start - page, count + 2 * page); }
  guarded_memory(const guarded_memory &) = delete;

  size_t capacity() const { return count - tape_padding; }

  /// A copy of the bytes and padding behind it, at one end of the memory. `choice` says at which, and what the padding is.
  const uint8_t *place(const uint8_t *bytes, size_t length, size_t choice) {
    uint8_t *source = choice % 8 == 0 ? start : start + count - tape_padding - length;
    std::memcpy(source, bytes, length);
    static const char misleading[] = "\"}],:{[0\\ \n\"x-t\0\xFF";
    for (size_t index = 0; index < tape_padding; index++)
      source[length + index] = uint8_t(misleading[(choice / 8 + (choice % 3 == 0 ? 0 : index)) % (sizeof misleading - 1)]);
    return source;
  }

 private:
  const size_t page, count;
  uint8_t *start;
};

/// A tape, written down as the reference writes.
class tape_reader {
 public:
  dump result;

  explicit tape_reader(size_t depth_limit) : parser(tape_parser_create(depth_limit)) {}
  ~tape_reader() { tape_parser_destroy(parser); }
  tape_reader(const tape_reader &) = delete;

  bool read(const uint8_t *bytes, size_t count, tape_form form) {
    result.bytes.clear();
    if (tape_parser_parse(parser, bytes, count, form) != 0) return false;
    view = tape_parser_view(parser);
    if (form == tape_form_value) return write(1), true;
    for (size_t index = 0; index < view.element_count; index++) write(view.elements[index].position);
    std::string all = form == tape_form_array ? "[" : "";
    for (size_t index = 0; index < view.element_count; index++) {
      if (form == tape_form_array && index > 0) all.push_back(',');
      append_bytes(view.elements[index], all);
      if (form == tape_form_lines) all.push_back('\n');
    }
    result.bytes += form == tape_form_array ? all + "]" : all;
    return true;
  }

 private:
  tape_parser *const parser;
  tape_view view;
  std::vector<uint8_t> minified;

  /// Returns where the next value stands.
  size_t write(size_t position) {
    uint64_t word = view.words[position];
    char type = char(word >> 56);
    switch (type) {
      case '"': return write_string(position);
      case 'l':
      case 'u':
      case 'd': return result.number(type, view.words + position + 1), position + 2;
      case '{':
      case '[': return write_container(position, type);
      default: return result.type(word << 8 == 0 ? type : '!'), position + 1;
    }
  }

  size_t write_string(size_t position) {
    auto *start = reinterpret_cast<const char *>(uintptr_t(view.words[position + 1]));
    return result.string(start, view.words[position] << 8 >> 8), position + 2;
  }

  size_t write_container(size_t start, char type) {
    size_t behind = uint32_t(view.words[start]), count = 0;
    result.type(type);
    for (size_t position = start + 1; position < behind - 1; count++)
      position = write(type == '{' ? write_string(position) : position);
    bool is_sound = view.words[behind - 1] == (uint64_t(type + 2) << 56 | start);
    is_sound &= (view.words[start] << 8 >> 40) == (count < 0xFFFFFF ? count : 0xFFFFFF);
    return result.type(is_sound ? char(type + 2) : '!'), behind;
  }

  void append_bytes(const tape_element &element, std::string &all) {
    const uint8_t *start = element.bytes;
    size_t count = element.count;
    if (element.is_spaced != view.has_spaced && !view.has_spaced) all.push_back('!');
    if (element.is_spaced) {
      minified.resize(count + tape_padding);
      count = tape_minify(start, count, minified.data());
      start = minified.data();
    }
    all.append(reinterpret_cast<const char *>(start), count);
  }
};

bool is_same(const dump &dump, const uint8_t *bytes, size_t count) {
  return dump.bytes.size() == count && std::memcmp(dump.bytes.data(), bytes, count) == 0;
}

}  // namespace

comparison compare_with_reference(generator *generator, size_t depth_limit, size_t inputs) {
  comparison found{};
  reference *reference = reference_create(depth_limit);
  tape_reader tape(depth_limit);
  guarded_memory memory(1 << 20);
  while (found.inputs < inputs && !found.differs) {
    generator_next(generator, &found.bytes, &found.count);
    if (found.count > memory.capacity()) std::abort();
    const uint8_t *source = memory.place(found.bytes, found.count, found.inputs++);
    for (tape_form form : {tape_form_value, tape_form_object, tape_form_array, tape_form_lines}) {
      const uint8_t *expected = nullptr;
      size_t expected_count = 0;
      found.form = form;
      found.is_accepted_by_reference =
          reference_read(reference, found.bytes, found.count, form, &expected, &expected_count);
      found.is_accepted_by_tape = tape.read(source, found.count, form);
      found.accepted += found.is_accepted_by_reference;
      found.differs = found.is_accepted_by_reference != found.is_accepted_by_tape ||
                      (found.is_accepted_by_tape && !is_same(tape.result, expected, expected_count));
      if (found.differs) break;
    }
  }
  reference_destroy(reference);
  return found;
}
