#include "CSHA256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <string.h>

// Source: FIPS 180-4, sections 4.2.2, 5.3.3 and 6.2.
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const uint32_t initial_state[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// One message on its way through a lane: whole blocks from where it lies, then one or two padded ones.
struct lane {
  const uint8_t *next;
  uint32_t blocks;
  uint32_t padded_blocks;
  size_t message;
  uint8_t padding[128];
};

static void begin(struct lane *lane, const uint8_t *bytes, uint32_t length, size_t message) {
  uint32_t rest = length % 64;
  lane->message = message;
  lane->blocks = length / 64;
  lane->padded_blocks = rest < 56 ? 1 : 2;
  memset(lane->padding, 0, sizeof lane->padding);
  memcpy(lane->padding, bytes + (length - rest), rest);
  lane->padding[rest] = 0x80;
  uint64_t bits = __builtin_bswap64((uint64_t)length * 8);
  memcpy(lane->padding + 64 * lane->padded_blocks - 8, &bits, 8);
  lane->next = lane->blocks ? bytes : lane->padding;
}

/// Steps behind a block; false when the message is done.
static inline int advance(struct lane *lane) {
  lane->next += 64;
  if (lane->blocks) {
    if (--lane->blocks == 0) lane->next = lane->padding;
    return 1;
  }
  return --lane->padded_blocks != 0;
}

typedef uint32_t words8 __attribute__((vector_size(32)));
typedef uint32_t words16 __attribute__((vector_size(64)));

#define LOW8(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH8(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW16(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH16(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))
#define SWAP(x) ((ROTATE(x, 8) & 0xff00ff00u) | (ROTATE(x, 24) & 0x00ff00ffu))

/// Defines `name(lanes, state)`, which takes one block of each lane, and `many_name`, which keeps the lanes filled.
#define DEFINE(name, WORDS, WIDTH, STAGES, LOW, HIGH, TARGET)                                                         \
  TARGET static void name(const struct lane *lanes, WORDS state[8]) {                                                 \
    WORDS w[16], t[16];                                                                                               \
    for (int half = 0; half < 16; half += WIDTH) {                                                                    \
      for (int i = 0; i < WIDTH; i++) memcpy(&w[half + i], lanes[i].next + 4 * half, sizeof(WORDS));                  \
      /* Interleaving halves as often as the width has doublings transposes. */                                       \
      for (int stage = 0; stage < STAGES; stage++) {                                                                  \
        for (int i = 0; i < WIDTH / 2; i++) {                                                                         \
          t[2 * i] = LOW(w[half + i], w[half + i + WIDTH / 2]);                                                       \
          t[2 * i + 1] = HIGH(w[half + i], w[half + i + WIDTH / 2]);                                                  \
        }                                                                                                             \
        for (int i = 0; i < WIDTH; i++) w[half + i] = t[i];                                                           \
      }                                                                                                               \
    }                                                                                                                 \
    for (int i = 0; i < 16; i++) w[i] = SWAP(w[i]);                                                                   \
    WORDS a = state[0], b = state[1], c = state[2], d = state[3];                                                     \
    WORDS e = state[4], f = state[5], g = state[6], h = state[7];                                                     \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 64; i++) {                                                 \
      if (i >= 16) {                                                                                                  \
        WORDS x = w[(i + 1) & 15], y = w[(i + 14) & 15];                                                              \
        w[i & 15] += w[(i + 9) & 15] + (ROTATE(x, 7) ^ ROTATE(x, 18) ^ (x >> 3)) +                                    \
                     (ROTATE(y, 17) ^ ROTATE(y, 19) ^ (y >> 10));                                                     \
      }                                                                                                               \
      WORDS first = h + (ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[i] +  \
                    w[i & 15];                                                                                        \
      WORDS second = (ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));                  \
      h = g;                                                                                                          \
      g = f;                                                                                                          \
      f = e;                                                                                                          \
      e = d + first;                                                                                                  \
      d = c;                                                                                                          \
      c = b;                                                                                                          \
      b = a;                                                                                                          \
      a = first + second;                                                                                             \
    }                                                                                                                 \
    state[0] += a;                                                                                                    \
    state[1] += b;                                                                                                    \
    state[2] += c;                                                                                                    \
    state[3] += d;                                                                                                    \
    state[4] += e;                                                                                                    \
    state[5] += f;                                                                                                    \
    state[6] += g;                                                                                                    \
    state[7] += h;                                                                                                    \
  }                                                                                                                   \
                                                                                                                      \
  TARGET static void many_##name(                                                                                     \
      const uint8_t *const *messages, const uint32_t *lengths, size_t count, uint8_t *digests) {                      \
    struct lane lanes[WIDTH];                                                                                         \
    WORDS state[8];                                                                                                   \
    uint32_t *words = (uint32_t *)state;                                                                              \
    size_t begun = 0, active = count < WIDTH ? count : WIDTH;                                                         \
    static const uint8_t nothing[64] = {0};                                                                           \
    for (int i = 0; i < WIDTH; i++) {                                                                                 \
      if (begun < count) {                                                                                            \
        begin(&lanes[i], messages[begun], lengths[begun], begun);                                                     \
        begun++;                                                                                                      \
      } else {                                                                                                        \
        lanes[i].next = nothing;                                                                                      \
        lanes[i].message = SIZE_MAX;                                                                                  \
      }                                                                                                               \
      for (int j = 0; j < 8; j++) words[j * WIDTH + i] = initial_state[j];                                            \
    }                                                                                                                 \
    while (active) {                                                                                                  \
      name(lanes, state);                                                                                             \
      for (int i = 0; i < WIDTH; i++) {                                                                               \
        struct lane *lane = &lanes[i];                                                                                \
        if (lane->message == SIZE_MAX || advance(lane)) continue;                                                     \
        for (int j = 0; j < 8; j++) {                                                                                 \
          uint32_t word = __builtin_bswap32(words[j * WIDTH + i]);                                                    \
          memcpy(digests + 32 * lane->message + 4 * j, &word, 4);                                                     \
          words[j * WIDTH + i] = initial_state[j];                                                                    \
        }                                                                                                             \
        if (begun < count) {                                                                                          \
          begin(lane, messages[begun], lengths[begun], begun);                                                        \
          begun++;                                                                                                    \
        } else {                                                                                                      \
          lane->next = nothing;                                                                                       \
          lane->message = SIZE_MAX;                                                                                   \
          active--;                                                                                                   \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

DEFINE(by8, words8, 8, 3, LOW8, HIGH8, __attribute__((target("avx2"))))
DEFINE(by16, words16, 16, 4, LOW16, HIGH16, __attribute__((target("avx512f,avx512bw,avx512vl"))))

int csha256_lanes(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return 16;
  // One message at a time with the processor's SHA instructions is faster than eight with AVX2.
  unsigned a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 29 & 1) return 0;
  return __builtin_cpu_supports("avx2") ? 8 : 0;
}

void csha256_many(const uint8_t *const *messages, const uint32_t *lengths, size_t count, uint8_t *digests) {
  if (csha256_lanes() == 16)
    many_by16(messages, lengths, count, digests);
  else
    many_by8(messages, lengths, count, digests);
}

#else

int csha256_lanes(void) { return 0; }

void csha256_many(const uint8_t *const *messages, const uint32_t *lengths, size_t count, uint8_t *digests) {
  __builtin_trap();
}

#endif
