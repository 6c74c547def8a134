#pragma once

#include <stdint.h>

/// Sets how the calling thread shares the processor: `policy` as of sched_setscheduler(2), `nice`, and the time slice it
/// asks for in nanoseconds, 0 for the kernel's own choice (Linux before 6.12 takes no notice of it). 0, or an error number.
int waybill_schedule_this_thread(int policy, int nice, uint64_t slice_nanoseconds);

/// Which processors a thread may run on.
struct waybill_processor_set {
  unsigned long words[16];
};

/// The kernel's number of the calling thread.
int waybill_thread_number(void);

/// The processor that the calling thread runs on at this instant.
int waybill_current_processor(void);

/// The processors that the process's first thread may run on, ascending, at most `most` of them. Returns how many; 0 where the
/// system does not tell.
int waybill_processors(int *numbers, int most);

/// Lets a thread of this process run on `processor` alone, if it may run there, and stores in `before` where it might until now.
/// Returns 1 if it did, else 0, and then nothing has changed.
int waybill_move_thread(int thread, int processor, struct waybill_processor_set *before);

/// Lets a thread run on all processors of a set.
void waybill_free_thread(int thread, const struct waybill_processor_set *set);
