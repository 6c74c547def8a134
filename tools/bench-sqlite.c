// The same lines into SQLite, in WAL mode with full sync: appended only, nothing deduplicated, one commit a batch, one
// thread, since SQLite has one writer.
//
//   bench-sqlite FILE LINES BATCH      prints {"events":…,"seconds":…,"stored":…,"bytes":…}
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench-lines.h"

static sqlite3 *database;

static void check(int result) {
  if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE) return;
  fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  exit(1);
}

static sqlite3_stmt *prepared(const char *text) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v2(database, text, -1, &statement, NULL));
  return statement;
}

static void step(sqlite3_stmt *statement) {
  check(sqlite3_step(statement));
  check(sqlite3_reset(statement));
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: bench-sqlite FILE LINES BATCH\n");
    return 2;
  }
  lines source = lines_of(arguments[2]);
  const char *at = source.at, *end = source.end;
  size_t size = strtoul(arguments[3], NULL, 10);
  check(sqlite3_open(arguments[1], &database));
  check(sqlite3_exec(database,
      "pragma journal_mode = wal; pragma synchronous = full; create table event (sequence integer primary key, record text)",
      NULL, NULL, NULL));
  sqlite3_stmt *begin = prepared("begin immediate"), *commit = prepared("commit");
  sqlite3_stmt *insert = prepared("insert into event (record) values (?)");

  uint64_t events = 0;
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  while (at < end) {
    step(begin);
    for (size_t n = 0; n < size && at < end; n++, events++) {
      const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
      check(sqlite3_bind_text(insert, 1, at, (int)((newline ? newline : end) - at), SQLITE_STATIC));
      step(insert);
      at = next;
    }
    step(commit);
  }
  clock_gettime(CLOCK_MONOTONIC, &ended);
  sqlite3_stmt *sum = prepared("select count(*), sum(length(cast(record as blob)) + 1) from event");
  check(sqlite3_step(sum));
  printf("{\"events\":%lu,\"seconds\":%.6f,\"stored\":%lld,\"bytes\":%lld}\n", (unsigned long)events,
         (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9,
         (long long)sqlite3_column_int64(sum, 0), (long long)sqlite3_column_int64(sum, 1));
  return 0;
}
