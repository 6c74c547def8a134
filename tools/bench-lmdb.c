// The floor: the same lines into LMDB, one value each under a rising key, one durable commit a batch, one thread.
//
//   bench-lmdb FOLDER LINES BATCH      prints {"events":…,"seconds":…,"p50":…,"stored":…,"bytes":…}
//
// p50 is of a commit, in µs; what is stored is read back after the clock was stopped.
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench-lines.h"

static void check(int result) {
  if (!result) return;
  fprintf(stderr, "%s\n", mdb_strerror(result));
  exit(1);
}

static double seconds_since(const struct timespec *began) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void read_back(MDB_env *environment, uint64_t *stored, uint64_t *bytes) {
  MDB_txn *transaction;
  MDB_dbi table;
  MDB_cursor *cursor;
  MDB_val key, value;
  check(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction));
  check(mdb_dbi_open(transaction, NULL, MDB_INTEGERKEY, &table));
  check(mdb_cursor_open(transaction, table, &cursor));
  while (!mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    ++*stored;
    *bytes += value.mv_size;
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: bench-lmdb FOLDER LINES BATCH\n");
    return 2;
  }
  lines source = lines_of(arguments[2]);
  const char *at = source.at, *end = source.end;
  size_t size = strtoul(arguments[3], NULL, 10);
  MDB_env *environment;
  check(mdb_env_create(&environment));
  check(mdb_env_set_mapsize(environment, (size_t)64 << 30));
  check(mdb_env_open(environment, arguments[1], 0, 0600));

  uint64_t events = 0, stored = 0, bytes = 0;
  size_t commits = 0, room = 0;
  double *latencies = NULL;
  struct timespec began, start;
  clock_gettime(CLOCK_MONOTONIC, &began);
  while (at < end) {
    MDB_txn *transaction;
    MDB_dbi table;
    clock_gettime(CLOCK_MONOTONIC, &start);
    check(mdb_txn_begin(environment, NULL, 0, &transaction));
    check(mdb_dbi_open(transaction, NULL, MDB_INTEGERKEY, &table));
    for (size_t n = 0; n < size && at < end; n++) {
      const char *newline = memchr(at, '\n', (size_t)(end - at));
      const char *next = newline ? newline + 1 : end;
      events++;
      MDB_val key = {sizeof events, &events}, value = {(size_t)(next - at), (char *)at};
      check(mdb_put(transaction, table, &key, &value, MDB_APPEND));
      at = next;
    }
    check(mdb_txn_commit(transaction));
    if (commits == room) latencies = realloc(latencies, (room = room ? room * 2 : 1024) * sizeof *latencies);
    latencies[commits++] = seconds_since(&start) * 1e6;
  }
  double seconds = seconds_since(&began);
  qsort(latencies, commits, sizeof *latencies, by_value);
  read_back(environment, &stored, &bytes);
  printf("{\"events\":%lu,\"seconds\":%.6f,\"p50\":%.1f,\"stored\":%lu,\"bytes\":%lu}\n", (unsigned long)events, seconds,
         commits ? latencies[commits / 2] : 0, (unsigned long)stored, (unsigned long)bytes);
  return 0;
}
