#pragma once

#include <stddef.h>

/// Sets how this process allocates: one heap for all threads, which grows by `step` bytes at a time; allocations above
/// `largest_in_heap` are mapped, and given back, by themselves. To be called before there is a second thread.
void waybill_set_up_heap(size_t step, size_t largest_in_heap);

/// Gives the system back what nobody uses of the heap, but for `kept` bytes at its end. Whoever allocates meanwhile waits.
void waybill_trim_heap(size_t kept);
