// The same lines into PostgreSQL, durable, one commit a batch, one thread a connection. MODE is
//
//   insert    deduplicated by a unique identity; prepared, many rows a statement
//   balances  the same, and each account's count and sum kept up to date by upsert in the same statement
//   copy      COPY into a table with nothing but the rows: nothing is deduplicated
//
//   bench-postgres CONNINFO MODE LINES CONNECTIONS BATCH      prints {"events":…,"seconds":…}
//
// The tables are there and empty; see peers.py.
#define _GNU_SOURCE
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench-lines.h"

enum mode { INSERT, BALANCES, COPY };

static char **identity_of, **record_of, **account_of;  // by line, zero-terminated
static enum mode mode;
static size_t line_count, batch_size;
static atomic_size_t next_line;
static const char *conninfo;
static pthread_barrier_t ready;

static const char *member(const char *line, const char *name, size_t *length) {
  const char *start = strstr(line, name);
  if (!start) exit(1);
  start += strlen(name);
  *length = (size_t)(strchr(start, '"') - start);
  return start;
}

static void split(const char *at, const char *end) {
  size_t capacity = 0;
  while (at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((newline ? newline : end) - at);
    if (line_count == capacity) {
      capacity = capacity ? capacity * 2 : 4096;
      identity_of = realloc(identity_of, capacity * sizeof *identity_of);
      record_of = realloc(record_of, capacity * sizeof *record_of);
      account_of = realloc(account_of, capacity * sizeof *account_of);
    }
    char *record = record_of[line_count] = strndup(at, length);
    size_t id_length, source_length, account_length;
    const char *id = member(record, "\"id\":\"", &id_length), *source = member(record, "\"source\":\"", &source_length);
    if (asprintf(&identity_of[line_count], "%.*s %.*s", (int)source_length, source, (int)id_length, id) < 0) exit(1);
    const char *account = member(record, "\"subject\":\"", &account_length);
    account_of[line_count++] = strndup(account, account_length);
    at += length + 1;
  }
}

static const char *amount_of(size_t line) { return strstr(record_of[line], "\"status\":\"delivered\"") ? "68" : "0"; }

static char *statement(size_t rows) {
  char *text = malloc(rows * 48 + 600), *at = text;
  if (mode == INSERT) {
    at += sprintf(at, "insert into event (identity, record) values ");
    for (size_t n = 0; n < rows; n++) at += sprintf(at, "%s($%zu,$%zu)", n ? "," : "", 2 * n + 1, 2 * n + 2);
    sprintf(at, " on conflict (identity) do nothing");
  } else {
    at += sprintf(at, "with added as (insert into posting (identity, record, account, amount) values ");
    for (size_t n = 0; n < rows; n++)
      at += sprintf(at, "%s($%zu,$%zu,$%zu,$%zu)", n ? "," : "", 4 * n + 1, 4 * n + 2, 4 * n + 3, 4 * n + 4);
    sprintf(at, " on conflict (identity) do nothing returning account, amount)"
                " insert into balance select account, count(*), sum(amount) from added group by account order by account"
                " on conflict (account) do update set events = balance.events + excluded.events,"
                " amount = balance.amount + excluded.amount");
  }
  return text;
}

static void copy(PGconn *connection, size_t first, size_t rows) {
  PQclear(PQexec(connection, "copy line from stdin with (format binary)"));
  static const char head[19] = "PGCOPY\n\377\r\n";
  size_t room = 64;
  for (size_t n = 0; n < rows; n++) room += strlen(record_of[first + n]) + 6;
  char *bytes = malloc(room), *at = bytes;
  memcpy(at, head, sizeof head);
  at += sizeof head;
  for (size_t n = 0; n < rows; n++) {
    uint32_t length = (uint32_t)strlen(record_of[first + n]), big = __builtin_bswap32(length);
    memcpy(at, "\0\1", 2);
    memcpy(at + 2, &big, 4);
    memcpy(at + 6, record_of[first + n], length);
    at += 6 + length;
  }
  memcpy(at, "\377\377", 2);
  at += 2;
  PGresult *result;
  if (PQputCopyData(connection, bytes, (int)(at - bytes)) != 1 || PQputCopyEnd(connection, NULL) != 1 ||
      PQresultStatus(result = PQgetResult(connection)) != PGRES_COMMAND_OK) {
    fprintf(stderr, "%s\n", PQerrorMessage(connection));
    exit(1);
  }
  PQclear(result);
  PQclear(PQgetResult(connection));
  free(bytes);
}

static void *work(void *unused) {
  (void)unused;
  PGconn *connection = PQconnectdb(conninfo);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "%s\n", PQerrorMessage(connection));
    exit(1);
  }
  size_t columns = mode == INSERT ? 2 : 4;
  if (mode != COPY) {
    char *text = statement(batch_size);
    PQclear(PQprepare(connection, "add", text, 0, NULL));
    free(text);
  }
  const char **values = malloc(columns * batch_size * sizeof *values);
  pthread_barrier_wait(&ready);
  for (;;) {
    size_t first = atomic_fetch_add(&next_line, batch_size);
    if (first >= line_count) break;
    size_t rows = line_count - first < batch_size ? line_count - first : batch_size;
    if (mode == COPY) {
      copy(connection, first, rows);
      continue;
    }
    for (size_t n = 0; n < rows; n++) {
      values[columns * n] = identity_of[first + n];
      values[columns * n + 1] = record_of[first + n];
      if (mode == INSERT) continue;
      values[columns * n + 2] = account_of[first + n];
      values[columns * n + 3] = amount_of(first + n);
    }
    char *shorter = rows == batch_size ? NULL : statement(rows);
    PGresult *result;
    for (;;) {
      result = shorter ? PQexecParams(connection, shorter, (int)(columns * rows), NULL, values, NULL, NULL, 0)
                       : PQexecPrepared(connection, "add", (int)(columns * rows), values, NULL, NULL, 0);
      if (PQresultStatus(result) == PGRES_COMMAND_OK) break;
      // two batches that hold each other's duplicates: one of them is told to try again
      const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      if (!state || strcmp(state, "40P01")) {
        fprintf(stderr, "%s\n", PQerrorMessage(connection));
        exit(1);
      }
      PQclear(result);
    }
    free(shorter);
    PQclear(result);
  }
  PQfinish(connection);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: bench-postgres CONNINFO insert|balances|copy LINES CONNECTIONS BATCH\n");
    return 2;
  }
  conninfo = arguments[1];
  mode = !strcmp(arguments[2], "copy") ? COPY : !strcmp(arguments[2], "balances") ? BALANCES : INSERT;
  lines source = lines_of(arguments[3]);
  split(source.at, source.end);
  size_t threads = strtoul(arguments[4], NULL, 10);
  batch_size = strtoul(arguments[5], NULL, 10);
  pthread_t *all = malloc(threads * sizeof *all);
  pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
  for (size_t n = 0; n < threads; n++) pthread_create(&all[n], NULL, work, NULL);
  pthread_barrier_wait(&ready);
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  for (size_t n = 0; n < threads; n++) pthread_join(all[n], NULL);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("{\"events\":%lu,\"seconds\":%.6f}\n", (unsigned long)line_count,
         (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
  return 0;
}
