#include "heap.h"

#include <malloc.h>

void waybill_set_up_heap(size_t step, size_t largest_in_heap) {
  // Only what sbrk(2) adds lies in one piece, and only the first arena grows by it.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TOP_PAD, (int)step);
  mallopt(M_TRIM_THRESHOLD, (int)(2 * step));
  mallopt(M_MMAP_THRESHOLD, (int)largest_in_heap);
}

void waybill_trim_heap(size_t kept) { malloc_trim(kept); }
