#pragma once
#include "CSimdJSON.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What simdjson's own parser, both of its stages, makes of the sources that Waybill's tape is written for.
///
/// Both are written down in one way, the dump: type by type, numbers and lengths of strings as eight bytes, members in
/// their order. Behind the values of events stand their bytes without white space, cut out by a naive reader.
typedef struct reference reference;

reference *reference_create(size_t depth_limit);
void reference_destroy(reference *reference);

/// Whether the source is accepted. If so, the dump lies at `dump` until the next call.
bool reference_read(
    reference *reference, const uint8_t *bytes, size_t count, tape_form form, const uint8_t **dump, size_t *dump_count);

/// JSON of all kinds, near-JSON and noise, the same from the same seed everywhere.
typedef struct generator generator;

generator *generator_create(uint64_t seed);
void generator_destroy(generator *generator);
/// Real JSON, which some of the inputs are made of.
void generator_add_sample(generator *generator, const uint8_t *bytes, size_t count);
/// The next input; it lies at `bytes` until the next call.
void generator_next(generator *generator, const uint8_t **bytes, size_t *count);

/// What a comparison of many inputs found.
typedef struct {
  /// Inputs that were read in all four forms, and how often one was accepted.
  size_t inputs, accepted;
  /// Whether the last input was read differently, and as what.
  bool differs;
  tape_form form;
  bool is_accepted_by_reference, is_accepted_by_tape;
  /// It, until the generator's next.
  const uint8_t *bytes;
  size_t count;
} comparison;

/// Reads `inputs` inputs as each form by both, and stops at the first difference.
///
/// The sources lie before a page that cannot be read, with the promised padding between, or behind one. In the padding
/// stands what would mislead a parser that looked at it.
comparison compare_with_reference(generator *generator, size_t depth_limit, size_t inputs);

#ifdef __cplusplus
}
#endif
