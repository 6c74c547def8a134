// A plain, durable, deduplicated insert of the same lines into PostgreSQL, prepared, many rows a statement, one commit a
// batch, one thread a connection.
//
//   bench-postgres CONNINFO LINES CONNECTIONS BATCH      prints {"events":…,"seconds":…}
#define _GNU_SOURCE
#include <fcntl.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static char **identity_of, **record_of;  // by line, zero-terminated
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
    }
    char *record = record_of[line_count] = strndup(at, length);
    size_t id_length, source_length;
    const char *id = member(record, "\"id\":\"", &id_length), *source = member(record, "\"source\":\"", &source_length);
    if (asprintf(&identity_of[line_count], "%.*s %.*s", (int)source_length, source, (int)id_length, id) < 0) exit(1);
    line_count++;
    at += length + 1;
  }
}

static char *statement(size_t rows) {
  char *text = malloc(rows * 24 + 200), *at = text;
  at += sprintf(at, "insert into event (identity, record) values ");
  for (size_t n = 0; n < rows; n++) at += sprintf(at, "%s($%zu,$%zu)", n ? "," : "", 2 * n + 1, 2 * n + 2);
  sprintf(at, " on conflict (identity) do nothing");
  return text;
}

static void *work(void *unused) {
  (void)unused;
  PGconn *connection = PQconnectdb(conninfo);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "%s\n", PQerrorMessage(connection));
    exit(1);
  }
  char *text = statement(batch_size);
  PQclear(PQprepare(connection, "add", text, 0, NULL));
  const char **values = malloc(2 * batch_size * sizeof *values);
  pthread_barrier_wait(&ready);
  for (;;) {
    size_t first = atomic_fetch_add(&next_line, batch_size);
    if (first >= line_count) break;
    size_t rows = line_count - first < batch_size ? line_count - first : batch_size;
    for (size_t n = 0; n < rows; n++) {
      values[2 * n] = identity_of[first + n];
      values[2 * n + 1] = record_of[first + n];
    }
    char *shorter = rows == batch_size ? NULL : statement(rows);
    PGresult *result;
    for (;;) {
      result = shorter ? PQexecParams(connection, shorter, (int)(2 * rows), NULL, values, NULL, NULL, 0)
                       : PQexecPrepared(connection, "add", (int)(2 * rows), values, NULL, NULL, 0);
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
  if (count != 5) {
    fprintf(stderr, "usage: bench-postgres CONNINFO LINES CONNECTIONS BATCH\n");
    return 2;
  }
  conninfo = arguments[1];
  int file = open(arguments[2], O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) {
    perror(arguments[2]);
    return 1;
  }
  const char *lines = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  split(lines, lines + facts.st_size);
  size_t threads = strtoul(arguments[3], NULL, 10);
  batch_size = strtoul(arguments[4], NULL, 10);
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
