#pragma once
#include "parser.hpp"

/// Writes the tape of a source whose structural bytes were found. Returns 0, `tape_refused` or a code of simdjson's.
///
/// simdjson's own second stage copies each string into a buffer of its own and counts levels in another way; here a string
/// without escapes stays where it is, levels are counted as documented, and the bytes of each event are found on the way,
/// for half the instructions. What is JSON and what is not is the same: tests compare the two on mutated documents.
int tape_write(tape_parser &parser, const uint8_t *source, size_t count, tape_form form);
