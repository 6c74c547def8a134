#pragma once
#include "random.hpp"

/// Writes a random JSON document, or one that is nearly JSON.
class document {
 public:
  std::string text;

  /// - Parameter spaced: how often of 8 white space stands where it may.
  /// - Parameter faulty: how often of 256 a scalar is not JSON.
  document(random_source &random, size_t spaced, size_t faulty, bool on_one_line)
      : random(random), spaced(spaced), faulty(faulty), on_one_line(on_one_line) {}

  void value(size_t depth) {
    switch (random.below(depth > 0 ? 10 : 7)) {
      case 0: text += random.one_of(words); break;
      case 1:
      case 2: number(); break;
      case 7: array(depth - 1); break;
      case 8:
      case 9: object(depth - 1); break;
      default: string();
    }
  }

  void object(size_t depth) {
    text += '{';
    space();
    for (size_t left = random.below(6); left > 0; left--) {
      string();
      space();
      if (!random.chance(faulty, 2048)) text += ':';
      space();
      value(depth);
      space();
      comma(left > 1);
      space();
    }
    text += '}';
  }

  void array(size_t depth) {
    text += '[';
    space();
    for (size_t left = random.below(5); left > 0; left--) {
      value(depth);
      space();
      comma(left > 1);
      space();
    }
    text += ']';
  }

  void objects(size_t depth) {
    text += '[';
    space();
    for (size_t left = random.below(4); left > 0; left--) {
      object(depth);
      space();
      comma(left > 1);
      space();
    }
    text += ']';
  }

  void lines(size_t depth) {
    static const std::string separators[] = {"\n", "\n", "\n", "\r\n", "\n\n", " \n\t\r\n", "\n \n", "\r", " ", ",", ""};
    for (size_t left = 1 + random.below(4); left > 0; left--) {
      object(depth);
      text += separators[random.below(faulty > 0 ? 11 : 7)];
    }
  }

  /// Containers around the limit of levels.
  void levels() {
    size_t depth = random.chance(1, 16) ? 1000 + random.below(60) : 60 + random.below(8);
    std::string ends;
    bool only_objects = random.chance(1, 2);
    for (size_t level = 0; level < depth; level++) {
      bool is_object = level == 0 || only_objects || random.chance(1, 2);
      text += is_object ? "{\"a\":" : random.chance(1, 4) ? "[1,[]," : "[";
      ends += is_object ? '}' : ']';
      space();
    }
    static const std::string innermost[] = {"{}", "[]", "0", "[[]]", "[{}]", "{\"a\":1}", "", "\"\""};
    text += random.one_of(innermost);
    text.append(ends.rbegin(), ends.rend());
  }

  void string() {
    text += '"';
    size_t parts = random.below(random.chance(1, 8) ? 80 : 9);
    if (random.chance(1, 512)) parts = 2000 + random.below(20000);
    bool is_plain = random.chance(2, 3);
    for (; parts > 0; parts--) text += is_plain ? std::string(1, char('a' + random.below(26))) : string_part();
    text += '"';
  }

  void number() {
    if (random.chance(faulty, 128)) {
      text += random.one_of(faulty_numbers);
    } else if (random.chance(1, 3)) {
      text += random.one_of(numbers);
    } else {
      if (random.chance(1, 3)) text += '-';
      digits(random.chance(1, 16) ? 18 + random.below(4) : 1 + random.below(12), false);
      if (random.chance(1, 3)) (text += '.'), digits(1 + random.below(random.chance(1, 32) ? 400 : 20), true);
      if (random.chance(1, 4)) (text += random.one_of(exponents)), digits(1 + random.below(3), true);
    }
  }

 private:
  random_source &random;
  const size_t spaced, faulty;
  const bool on_one_line;

  static inline const std::string words[] = {"true", "false", "null"};
  static inline const std::string exponents[] = {"e", "E", "e+", "e-", "E-"};
  static inline const std::string numbers[] = {
      "0", "-0", "-0.0", "0.0", "1e5", "1E+5", "1e-5", "-1", "1e308", "1.7976931348623157e308", "4.9e-324", "1e-400",
      "2.2250738585072011e-308", "9007199254740993.0", "9007199254740993", "99999999999999999", "999999999999999999",
      "9999999999999999999", "1000000000000000000", "-999999999999999999", "-1000000000000000000",
      "9223372036854775807", "9223372036854775808", "-9223372036854775807", "-9223372036854775808",
      "18446744073709551614", "18446744073709551615", "0e0", "0E400", "123456789012345678901234567890.5",
      "0.000000000000000000000000000000000000001", "1e22", "1e23", "7.2057594037927933e16"};
  static inline const std::string faulty_numbers[] = {
      "1e400", "-1e400", "1.7976931348623159e308", "18446744073709551616", "-9223372036854775809",
      "99999999999999999999", "00", "01", "-01", "-00", "1.", "-", "-.5", ".5", "1e", "1e+", "1E-", "1.e5", "+1", "--1",
      "1.2.3", "0x10", "1-", "1_0", "NaN", "-Infinity", "1a", "tru", "nul", "fals", "truee", "nulll", "TRUE", "1\"a\"",
      "true\"", "-\"a\"", "1\\", "\f", "\x1A", "1\f", std::string(1, '\0'), std::string("1\0", 2), "1\x7F", "\x80", "'a'",
      "00000000000000000001", "0123456789012345678", "- 1", "1 2", "\"a\"\"b\"", "\"a\"1", "1{", "[}", "{]", "{\"a\"}",
      "{\"a\":}", "{:1}", "{1:1}", "{\"a\"1}", "{\"a\":1,}", "[1,]", "[,1]", "[,]", "{,}", "[1 1]", "\"", "\\\"a\""};
  static inline const std::string plain_parts[] = {
      "a", "Z", " ", "{", "}", "[", "]", ",", ":", "/", "7", "\x7F", "\xC3\xA9", "\xE2\x80\xA8", "\xE6\xBC\xA2",
      "\xEF\xBF\xBF", "\xF0\x9F\x91\xA9", "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF", "e\xCC\x81"};
  static inline const std::string escapes[] = {
      "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u001f", "\\u0041", "\\u00e9", "\\u6F22",
      "\\uFFFF", "\\ud83d\\udc69", "\\uDBFF\\uDFFF", "\\\\\\\\\\\\", "\\\\\\\""};
  static inline const std::string faulty_parts[] = {
      "\\ud83d", "\\udc69", "\\ud83d\\u0041", "\\ud83d\\ud83d", "\\ud83dx", "\\ud83d\\n", "\\u12", "\\u12g4", "\\U0041",
      "\\x41", "\\'", "\\0", "\\\n", "\n", "\r", "\t", std::string(1, '\0'), "\x1F", "\x80", "\xC0\x80", "\xC1\xBF",
      "\xC3", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
      "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE6\xBC", "\xF0\x9F\x91", "\xFF", "\xFE", "\"", "\\"};

  /// Where faults are wanted, one too many or too few at times.
  void comma(bool is_needed) {
    if (is_needed != random.chance(faulty, 1024)) text += ',';
  }

  const std::string &string_part() {
    if (random.chance(faulty, 1024)) return random.one_of(faulty_parts);
    return random.chance(1, 3) ? random.one_of(escapes) : random.one_of(plain_parts);
  }

  void digits(size_t count, bool may_start_with_zero) {
    if (count > 1 && !may_start_with_zero) (text += char('1' + random.below(9))), count--;
    for (; count > 0; count--) text += char('0' + random.below(10));
  }

  void space() {
    static const std::string of_one_line[] = {" ", "\t", "\r", "  ", "        "};
    static const std::string any[] = {" ", "\t", "\r\n", "\n", "\n    ", "  "};
    if (random.chance(spaced, 8)) text += on_one_line ? random.one_of(of_one_line) : random.one_of(any);
  }
};
