// The same lines into a Redis stream: XADD, a batch pipelined, one thread a connection, on a Unix socket. With
// `appendfsync always` a reply comes after the append-only file was synced.
//
//   bench-redis SOCKET LINES CONNECTIONS BATCH      prints {"events":…,"seconds":…}
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bench-lines.h"

struct batch { size_t start, length, events; };

static char *arena;
static struct batch *batches;
static size_t batch_count;
static uint64_t event_count;
static atomic_size_t next_batch;
static const char *path;
static pthread_barrier_t ready;

static void die(const char *what) {
  perror(what);
  exit(1);
}

// Requests, made beforehand.
static void make(const char *lines, const char *end, size_t size) {
  size_t room = 0, used = 0, batch_room = 0;
  while (lines < end) {
    if (batch_count == batch_room) batches = realloc(batches, (batch_room = batch_room ? batch_room * 2 : 256) * sizeof *batches);
    struct batch *batch = &batches[batch_count++];
    *batch = (struct batch){.start = used};
    for (; batch->events < size && lines < end; batch->events++, event_count++) {
      const char *newline = memchr(lines, '\n', (size_t)(end - lines));
      size_t length = (size_t)((newline ? newline : end) - lines);
      if (used + length + 128 > room && !(arena = realloc(arena, room = (used + length + 128) * 2))) die("memory");
      used += (size_t)sprintf(arena + used, "*5\r\n$4\r\nXADD\r\n$6\r\nledger\r\n$1\r\n*\r\n$1\r\ne\r\n$%zu\r\n", length);
      memcpy(arena + used, lines, length);
      memcpy(arena + used + length, "\r\n", 2);
      used += length + 2;
      lines += length + 1;
    }
    batch->length = used - batch->start;
  }
}

// A reply is `$15`, the entry's id, each with a line end. Both directions are served in turn, so that neither buffer fills
// for good.
static void exchange(int descriptor, const struct batch *batch) {
  char reply[1 << 16];
  size_t sent = 0, lines = 0;
  bool begins = true;  // a line
  while (sent < batch->length || lines < 2 * batch->events) {
    if (sent < batch->length) {
      ssize_t written = send(descriptor, arena + batch->start + sent, batch->length - sent, MSG_DONTWAIT);
      struct pollfd either = {.fd = descriptor, .events = POLLIN | POLLOUT};
      if (written > 0) sent += (size_t)written;
      else poll(&either, 1, -1);
    }
    ssize_t got = recv(descriptor, reply, sizeof reply, sent < batch->length ? MSG_DONTWAIT : 0);
    if (got == 0) die("redis closed the connection");
    for (ssize_t n = 0; n < got; n++) {
      if (begins && reply[n] == '-') {
        fprintf(stderr, "redis: %.*s\n", (int)(got - n), reply + n);
        exit(1);
      }
      begins = reply[n] == '\n';
      lines += begins;
    }
  }
}

static void *work(void *unused) {
  (void)unused;
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) die(path);
  pthread_barrier_wait(&ready);
  for (size_t n; (n = atomic_fetch_add(&next_batch, 1)) < batch_count;) exchange(descriptor, &batches[n]);
  close(descriptor);
  return NULL;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: bench-redis SOCKET LINES CONNECTIONS BATCH\n");
    return 2;
  }
  path = arguments[1];
  lines source = lines_of(arguments[2]);
  make(source.at, source.end, strtoul(arguments[4], NULL, 10));
  size_t threads = strtoul(arguments[3], NULL, 10);
  pthread_t *all = malloc(threads * sizeof *all);
  pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
  for (size_t n = 0; n < threads; n++) pthread_create(&all[n], NULL, work, NULL);
  pthread_barrier_wait(&ready);
  struct timespec began, ended;
  clock_gettime(CLOCK_MONOTONIC, &began);
  for (size_t n = 0; n < threads; n++) pthread_join(all[n], NULL);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  printf("{\"events\":%lu,\"seconds\":%.6f}\n", (unsigned long)event_count,
         (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
  return 0;
}
