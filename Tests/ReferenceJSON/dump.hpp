#pragma once
#include <cstring>
#include <string>

/// The one way in which the reference and the tape write down what they read.
class dump {
 public:
  std::string bytes;

  void type(char type) { bytes.push_back(type); }

  void number(char type, const void *value) {
    bytes.push_back(type);
    bytes.append(static_cast<const char *>(value), 8);
  }

  void string(const char *start, uint64_t count) {
    number('"', &count);
    bytes.append(start, count);
  }
};
