#ifndef CSHA256_H
#define CSHA256_H

#include <stddef.h>
#include <stdint.h>

/// How many messages are hashed side by side on this machine: 16 with AVX-512, 8 with AVX2, and 0 where neither is
/// there, or the processor has SHA instructions: then another SHA-256 is to be used.
int csha256_lanes(void);

/// The SHA-256 digests, 32 bytes each, of `count` messages.
///
/// One message's rounds wait for each other; those of 8 or 16 messages fit into one vector register each. So many
/// messages take a fraction of the time they take one by one where the machine has no SHA instructions.
/// - Precondition: csha256_lanes() is not 0.
void csha256_many(const uint8_t *const *messages, const uint32_t *lengths, size_t count, uint8_t *digests);

#endif
