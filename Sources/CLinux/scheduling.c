#define _GNU_SOURCE
#include "scheduling.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc has a wrapper of sched_setattr(2) only since 2.41.
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

_Static_assert(sizeof(struct waybill_processor_set) == sizeof(cpu_set_t), "a set has as many bits as glibc's");

int waybill_thread_number(void) { return gettid(); }

int waybill_current_processor(void) { return sched_getcpu(); }

int waybill_processors(int *numbers, int most) {
  cpu_set_t set;
  if (sched_getaffinity(getpid(), sizeof set, &set)) return 0;
  int count = 0;
  for (int number = 0; number < CPU_SETSIZE && count < most; number++)
    if (CPU_ISSET(number, &set)) numbers[count++] = number;
  return count;
}

int waybill_move_thread(int thread, int processor, struct waybill_processor_set *before) {
  cpu_set_t own, one;
  if (sched_getaffinity(thread, sizeof own, &own) || processor >= CPU_SETSIZE || !CPU_ISSET(processor, &own)) return 0;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  if (sched_setaffinity(thread, sizeof one, &one)) return 0;
  memcpy(before, &own, sizeof own);
  return 1;
}

void waybill_free_thread(int thread, const struct waybill_processor_set *set) {
  sched_setaffinity(thread, sizeof *set, (const cpu_set_t *)set);
}
