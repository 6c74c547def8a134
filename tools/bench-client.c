// A load generator: posts the lines of a file to waybilld's socket in batches from many connections at once.
//
//   bench-client SOCKET LINES CONNECTIONS BATCH      prints {"events":…,"seconds":…,"p50":…,"p99":…,"max":…} (latencies in µs)
//
// One thread, epoll, keep-alive; a body is a stretch of the mapped file, so that making requests costs next to nothing.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct batch { const char *start; size_t length; };

struct connection {
  int descriptor;
  char head[256], reply[65536];
  size_t head_length, sent, received;
  const struct batch *batch;
  bool writing;  // epoll waits for room to write
  uint64_t began;
};

static struct batch *batches;
static size_t batch_count, next_batch, answered;
static uint64_t *latencies;
static int poller;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void wait_for(struct connection *c, bool writing) {
  if (c->writing == writing) return;
  struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, c->descriptor, &event)) die("epoll_ctl");
  c->writing = writing;
}

static void send_more(struct connection *c) {
  size_t total = c->head_length + c->batch->length;
  while (c->sent < total) {
    struct iovec parts[2];
    int count = 0;
    if (c->sent < c->head_length) parts[count++] = (struct iovec){c->head + c->sent, c->head_length - c->sent};
    size_t body = c->sent > c->head_length ? c->sent - c->head_length : 0;
    parts[count++] = (struct iovec){(char *)c->batch->start + body, c->batch->length - body};
    ssize_t written = writev(c->descriptor, parts, count);
    if (written < 0) {
      if (errno == EAGAIN) return wait_for(c, true);
      die("write");
    }
    c->sent += (size_t)written;
  }
  wait_for(c, false);
}

static bool start(struct connection *c) {
  if (next_batch == batch_count) return false;
  c->batch = &batches[next_batch++];
  c->head_length = (size_t)snprintf(c->head, sizeof c->head,
      "POST /v1/events HTTP/1.1\r\nHost: waybill\r\nContent-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
      c->batch->length);
  c->sent = c->received = 0;
  c->began = now();
  send_more(c);
  return true;
}

// Reads what is there; true once the reply is whole.
static bool receive(struct connection *c) {
  ssize_t got = read(c->descriptor, c->reply + c->received, sizeof c->reply - 1 - c->received);
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) {
    fprintf(stderr, "the daemon closed the connection\n");
    exit(1);
  }
  c->received += (size_t)got;
  c->reply[c->received] = 0;
  char *end = strstr(c->reply, "\r\n\r\n");
  if (!end) return false;
  char *length = strcasestr(c->reply, "\r\ncontent-length:");
  if (!length || length > end) {
    fprintf(stderr, "a reply without a length: %s\n", c->reply);
    exit(1);
  }
  if (c->received < (size_t)(end + 4 - c->reply) + strtoul(length + 17, NULL, 10)) return false;
  if (strncmp(c->reply, "HTTP/1.1 200", 12)) {
    fprintf(stderr, "refused: %s\n", c->reply);
    exit(1);
  }
  return true;
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static uint64_t cut(const char *lines, size_t length, size_t size) {
  uint64_t events = 0;
  size_t capacity = 0;
  const char *at = lines, *end = lines + length;
  while (at < end) {
    const char *first = at;
    for (size_t n = 0; n < size && at < end; n++, events++) {
      const char *newline = memchr(at, '\n', (size_t)(end - at));
      at = newline ? newline + 1 : end;
    }
    if (batch_count == capacity) {
      capacity = capacity ? capacity * 2 : 1024;
      batches = realloc(batches, capacity * sizeof *batches);
    }
    batches[batch_count++] = (struct batch){first, (size_t)(at - first)};
  }
  return events;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: bench-client SOCKET LINES CONNECTIONS BATCH\n");
    return 2;
  }
  int file = open(arguments[2], O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) die(arguments[2]);
  const char *lines = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (lines == MAP_FAILED) die("mmap");
  uint64_t events = cut(lines, (size_t)facts.st_size, strtoul(arguments[4], NULL, 10));
  latencies = calloc(batch_count, sizeof *latencies);

  size_t connections = strtoul(arguments[3], NULL, 10);
  if (connections > batch_count) connections = batch_count;
  struct connection *all = calloc(connections, sizeof *all);
  poller = epoll_create1(0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
  for (size_t n = 0; n < connections; n++) {
    struct connection *c = &all[n];
    c->descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (c->descriptor < 0 || connect(c->descriptor, (struct sockaddr *)&address, sizeof address)) die(arguments[1]);
    fcntl(c->descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->descriptor, &event)) die("epoll_ctl");
  }

  uint64_t began = now();
  for (size_t n = 0; n < connections; n++) start(&all[n]);
  while (answered < batch_count) {
    struct epoll_event ready[256];
    int found = epoll_wait(poller, ready, 256, 60000);
    if (found < 0 && errno != EINTR) die("epoll_wait");
    if (found == 0) {
      fprintf(stderr, "no answer for a minute\n");
      return 1;
    }
    for (int n = 0; n < found; n++) {
      struct connection *c = ready[n].data.ptr;
      if (c->writing) {
        send_more(c);
      } else if (receive(c)) {
        latencies[answered++] = now() - c->began;
        start(c);
      }
    }
  }
  double seconds = (double)(now() - began) / 1e9;
  qsort(latencies, batch_count, sizeof *latencies, by_value);
  printf("{\"events\":%lu,\"seconds\":%.6f,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n", (unsigned long)events, seconds,
         (double)latencies[batch_count / 2] / 1e3, (double)latencies[batch_count * 99 / 100] / 1e3,
         (double)latencies[batch_count - 1] / 1e3);
  return 0;
}
