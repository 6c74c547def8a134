#pragma once
#include <simdjson.h>

#include <cstdlib>

#include "CSimdJSON.h"

/// Plain memory that grows and forgets what it held.
template <typename Item>
struct growing {
  Item *items = nullptr;
  size_t capacity = 0;

  ~growing() { std::free(items); }

  /// Keeps nothing. False without memory.
  bool reserve(size_t wanted) {
    if (wanted <= capacity) return true;
    size_t larger = wanted > 2 * capacity ? wanted : 2 * capacity;
    std::free(items);
    items = static_cast<Item *>(std::malloc(larger * sizeof(Item)));
    capacity = items == nullptr ? 0 : larger;
    return items != nullptr;
  }

  /// Keeps the first `count` items. False without memory.
  bool extend(size_t count) {
    if (count < capacity) return true;
    size_t larger = capacity == 0 ? 256 : 2 * capacity;
    auto *moved = static_cast<Item *>(std::realloc(items, larger * sizeof(Item)));
    if (moved == nullptr) return false;
    items = moved;
    capacity = larger;
    return true;
  }
};

struct open_container {
  uint32_t start;  // on the tape
  uint32_t count;  // of the container around it, so far
};

struct tape_parser {
  simdjson::dom::parser dom;      // finds the structural bytes
  simdjson::dom::parser numbers;  // reads numbers that are not simple
  size_t depth_limit = 0;
  growing<uint64_t> words;
  growing<uint8_t> strings;
  growing<open_container> open;
  growing<tape_element> elements;
  size_t element_count = 0;
  bool has_spaced = false;
};
