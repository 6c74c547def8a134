#pragma once

/// Asks the processor to bring the line of memory at `address` into its cache, and goes on. It changes nothing, and any
/// address is allowed, also one where there is nothing.
static inline void waybill_fetch(const void *address) { __builtin_prefetch(address); }
