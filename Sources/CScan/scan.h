#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Copying text up to the first place that matters, sixteen bytes at a time where the processor can. Both functions may read 32
// bytes behind `from + count` and write 16 behind what they copied.

/// The bytes that are no text: all below this.
#define WAYBILL_SIGNS 8

/// Copies bytes up to the first that is no text.
/// - Returns: how many were copied; `count` where all is text.
static inline size_t waybill_copy_text(uint8_t *to, const uint8_t *from, size_t count) {
  size_t place = 0;
#ifdef __SSE2__
  const __m128i signs = _mm_set1_epi8(WAYBILL_SIGNS - 1);
  for (; place < count; place += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(from + place));
    _mm_storeu_si128((__m128i *)(to + place), bytes);
    int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, signs), bytes));
    if (found) {
      place += (size_t)__builtin_ctz((unsigned)found);
      break;
    }
  }
  return place < count ? place : count;
#else
  for (; place < count && from[place] >= WAYBILL_SIGNS; place++) to[place] = from[place];
  return place;
#endif
}

/// Copies bytes up to the first that is no text, or that may begin `wamid.` (a w, and a point five bytes behind) or `phone"` (a p,
/// and a quotation mark).
/// - Returns: how many were copied; `count` where there is no such place.
static inline size_t waybill_copy_to_name(uint8_t *to, const uint8_t *from, size_t count) {
  size_t place = 0;
#ifdef __SSE2__
  const __m128i signs = _mm_set1_epi8(WAYBILL_SIGNS - 1);
  const __m128i w = _mm_set1_epi8('w'), point = _mm_set1_epi8('.');
  const __m128i p = _mm_set1_epi8('p'), mark = _mm_set1_epi8('"');
  for (; place < count; place += 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(from + place));
    __m128i behind = _mm_loadu_si128((const __m128i *)(from + place + 5));
    _mm_storeu_si128((__m128i *)(to + place), bytes);
    __m128i sign = _mm_cmpeq_epi8(_mm_min_epu8(bytes, signs), bytes);
    __m128i message = _mm_and_si128(_mm_cmpeq_epi8(bytes, w), _mm_cmpeq_epi8(behind, point));
    __m128i phone = _mm_and_si128(_mm_cmpeq_epi8(bytes, p), _mm_cmpeq_epi8(behind, mark));
    int found = _mm_movemask_epi8(_mm_or_si128(sign, _mm_or_si128(message, phone)));
    if (found) {
      place += (size_t)__builtin_ctz((unsigned)found);
      break;
    }
  }
  return place < count ? place : count;
#else
  for (; place < count; place++) {
    uint8_t byte = from[place];
    if (byte < WAYBILL_SIGNS || (byte == 'w' && from[place + 5] == '.') || (byte == 'p' && from[place + 5] == '"')) break;
    to[place] = byte;
  }
  return place;
#endif
}
