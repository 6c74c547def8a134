#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

/// SplitMix64: the same numbers from the same seed everywhere.
class random_source {
 public:
  explicit random_source(uint64_t seed) : state(seed) {}

  uint64_t next() {
    state += 0x9E3779B97F4A7C15;
    uint64_t mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
  }

  size_t below(size_t limit) { return size_t(next() % limit); }
  bool chance(size_t part, size_t whole) { return below(whole) < part; }

  template <typename Item, size_t count>
  const Item &one_of(const Item (&items)[count]) { return items[below(count)]; }

 private:
  uint64_t state;
};
