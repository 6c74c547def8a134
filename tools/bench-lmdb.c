// The floor: the same lines into LMDB, one value each under a rising key, one durable commit a batch, one thread.
//
//   bench-lmdb FOLDER LINES BATCH      prints {"events":…,"seconds":…}
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static void check(int result) {
  if (!result) return;
  fprintf(stderr, "%s\n", mdb_strerror(result));
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: bench-lmdb FOLDER LINES BATCH\n");
    return 2;
  }
  int file = open(arguments[2], O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) {
    perror(arguments[2]);
    return 1;
  }
  const char *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  const char *end = at + facts.st_size;
  size_t size = strtoul(arguments[3], NULL, 10);
  MDB_env *environment;
  check(mdb_env_create(&environment));
  check(mdb_env_set_mapsize(environment, (size_t)64 << 30));
  check(mdb_env_open(environment, arguments[1], 0, 0600));

  uint64_t events = 0;
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  while (at < end) {
    MDB_txn *transaction;
    MDB_dbi table;
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
  }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("{\"events\":%lu,\"seconds\":%.6f}\n", (unsigned long)events,
         (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
  return 0;
}
