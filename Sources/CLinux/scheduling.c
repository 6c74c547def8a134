// glibc has a wrapper of sched_setattr(2) only since 2.41.
#define _GNU_SOURCE
#include "scheduling.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

int waybill_schedule_this_thread(int policy, int nice, uint64_t slice_nanoseconds) {
  struct attributes attributes = {
      .size = sizeof attributes, .policy = (uint32_t)policy, .nice = nice, .runtime = slice_nanoseconds};
  return syscall(SYS_sched_setattr, 0, &attributes, 0u) ? errno : 0;
}
