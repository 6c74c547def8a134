#include <vector>

#include "ReferenceJSON.h"
#include "document.hpp"

struct generator {
  random_source random;
  std::vector<std::string> samples;
  std::string input;

  explicit generator(uint64_t seed) : random(seed) {}

  void next() {
    switch (random.below(16)) {
      case 0: input = tokens(); break;
      case 1: input = noise(); break;
      case 2:
      case 3: input = block_borders(); break;
      case 4:
      case 5:
      case 6: input = injured(sample()); break;
      case 7:
      case 8:
      case 9: input = injured(written()); break;
      default: input = written();
    }
    if (random.chance(1, 8)) surround();
  }

 private:
  /// A document of one of the forms, mostly right.
  std::string written() {
    bool is_compact = random.chance(1, 2);
    document document(
        random, is_compact ? 0 : 1 + random.below(8), random.chance(2, 3) ? 0 : 1 + random.below(32),
        random.chance(2, 3));
    switch (random.below(12)) {
      case 0: document.value(3); break;
      case 1: document.array(3); break;
      case 2:
      case 3: document.objects(3); break;
      case 4:
      case 5:
      case 6: document.lines(2); break;
      case 7: random.chance(1, 4) ? document.levels() : document.number(); break;
      default: document.object(4);
    }
    return document.text;
  }

  /// A sample or a piece of one, alone, in an array or on two lines.
  std::string sample() {
    if (samples.empty()) return "{}";
    std::string one = samples[random.below(samples.size())];
    if (one.size() > 300 && random.chance(3, 4)) one = one.substr(random.below(one.size()), 1 + random.below(300));
    switch (random.below(4)) {
      case 0: return "[" + one + "," + one + "]";
      case 1: return one + "\n" + one;
      default: return one;
    }
  }

  /// With one to four small injuries.
  std::string injured(std::string text) {
    for (size_t left = 1 + random.below(4); left > 0; left--) {
      size_t start = random.below(text.size() + 1), count = random.below(5);
      switch (random.below(8)) {
        case 0: text.erase(start, count); break;
        case 1: text.insert(start, trouble()); break;
        case 2: text.replace(start, count, trouble()); break;
        case 3: text.insert(start, text.substr(start, count * (random.chance(1, 4) ? 20 : 1))); break;
        case 4: text.erase(start, random.chance(1, 8) ? std::string::npos : count); break;
        case 5: text.insert(start, text.substr(random.below(text.size() + 1), random.below(80))); break;
        case 6:
          if (start < text.size()) text[start] = char(random.next());
          break;
        default:
          if (start < text.size()) text[start] ^= char(1 << random.below(8));
      }
    }
    return text;
  }

  std::string trouble() {
    static const std::string troubles[] = {
        std::string(1, '\0'), "\n", "\r", " ", "\x7F", "\x80", "\xC3", "\xED\xA0\x80", "\xEF\xBB\xBF", "\xFF", "\"", "\\",
        "\\u", "\\ud83d", "\\\"", "{", "}", "[", "]", ",", ":", "-", "0", "1", ".", "e", "e400", "true", "null", "\"\"",
        "{}", "[]", "99999999999999999999", "\n{}", "{}\n", "},{", "],[", "\"a\":", ",\"a\":1", "\f", "\x1A", "\t", "  "};
    return random.one_of(troubles);
  }

  std::string tokens() {
    std::string text;
    for (size_t left = random.below(14); left > 0; left--) text += trouble();
    return text;
  }

  std::string noise() {
    static const char likely[] = "{}[]:,\"\\ \n0-a";
    std::string text;
    bool is_likely = random.chance(3, 4);
    for (size_t left = random.below(100); left > 0; left--)
      text += is_likely ? likely[random.below(sizeof likely - 1)] : char(random.next());
    return text;
  }

  /// Quotes, runs of backslashes, characters of many bytes and numbers about where simdjson's blocks of 64 bytes meet.
  std::string block_borders() {
    std::string text(random.below(70), ' ');
    bool is_in_array = random.chance(1, 4);
    text += is_in_array ? "[{\"" : "{\"";
    for (size_t left = 1 + random.below(3); left > 0; left--) {
      text.append(random.below(140), 'a');
      switch (random.below(6)) {
        case 0: text.append(random.below(140), '\\'); break;
        case 1: text.append(2 * random.below(70), '\\'); break;
        case 2: text.append("\\\""); break;
        case 3: text.append(random.chance(1, 2) ? "\xF0\x9F\x91\xA9" : "\xE6\xBC"); break;
        case 4: text.append("\\ud83d\\udc69"); break;
        default: text.append("\"").append(random.below(66), ' ').append(",\"");
      }
      if (random.chance(1, 2)) text.append("\":").append(random.below(66), ' ').append("1,\"");
    }
    text += "\":";
    text.append(random.below(66), ' ').append(random.chance(1, 2) ? "\"" : "12345");
    if (text.back() == '"') text.append(random.below(66), 'b').append("\"");
    text.append(random.chance(1, 2) ? random.below(66) : 0, ' ');
    return text + (is_in_array ? "}]" : "}");
  }

  /// With what may or may not stand around a document.
  void surround() {
    static const std::string around[] = {
        " ", "\n", "\r\n", "\t \n", "\n\n\n", "\xEF\xBB\xBF", ",", "]", "}", "x", "\"", "{}", "[]", std::string(1, '\0'),
        std::string(64, ' '), std::string(63, '\n'), "\xC2\xA0", "\f", "1", "//", "\\"};
    if (random.chance(1, 2)) input += random.one_of(around);
    if (random.chance(1, 2)) input.insert(0, random.one_of(around));
  }
};

generator *generator_create(uint64_t seed) { return new generator(seed); }

void generator_destroy(generator *generator) { delete generator; }

void generator_add_sample(generator *generator, const uint8_t *bytes, size_t count) {
  generator->samples.emplace_back(reinterpret_cast<const char *>(bytes), count);
}

void generator_next(generator *generator, const uint8_t **bytes, size_t *count) {
  generator->next();
  *bytes = reinterpret_cast<const uint8_t *>(generator->input.data());
  *count = generator->input.size();
}
