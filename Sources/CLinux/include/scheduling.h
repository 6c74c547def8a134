#pragma once

#include <stdint.h>

/// Sets how the calling thread shares the processor: `policy` as of sched_setscheduler(2), `nice`, and the time slice it
/// asks for in nanoseconds, 0 for the kernel's own choice (Linux before 6.12 takes no notice of it). 0, or an error number.
int waybill_schedule_this_thread(int policy, int nice, uint64_t slice_nanoseconds);
