// A load generator: posts the lines of a file to waybilld's socket in batches, from many connections at once.
//
//   bench-client SOCKET LINES CONNECTIONS BATCH [RATE [SECONDS]]
//   bench-client SOCKET BODIES CONNECTIONS webhooks
//
// Prints one JSON object: events, bytes of bodies, seconds, answers by kind (ok, busy), duplicates and appended as the
// daemon counts them, CPU seconds of this process, and latencies in µs (p50, p99, max) from a request's first byte to its
// answer's last.
//
// The client shares the cores with what it measures, so it does as little as it can: every request is one stretch of
// bytes, made before the clock starts; one thread; epoll only where a socket would block. An answer other than 200 ends
// the run, but for 503: the request is sent again after Retry-After.
//
// With RATE, a batch starts no sooner than when its turn comes at so many events a second, whatever came of the others,
// and with SECONDS no new one starts after that time: an open loop, to see what too much does.
//
// In a file of webhooks each line is the value of X-Hub-Signature-256, a tab, and the body.
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct request {
  size_t start, length;  // in `arena`
  uint32_t events, body;
};

struct connection {
  int descriptor;
  const struct request *request;  // NULL: idle
  size_t sent, received;
  bool writing;     // epoll waits for room to write
  uint64_t began;   // when the first byte was sent
  uint64_t resume;  // after 503: when to send again
  char reply[8192];
};

static char *arena;
static struct request *requests;
static size_t request_count, request_room, next_request, in_flight, waiting, answered, busy;
static uint64_t events_answered, bytes_answered, appended, duplicates;
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

// Requests, made beforehand

static size_t add_request(size_t at, const char *head, const char *body, size_t length, uint32_t events) {
  if (request_count == request_room) {
    request_room = request_room ? request_room * 2 : 1024;
    requests = realloc(requests, request_room * sizeof *requests);
    if (!requests) die("memory");
  }
  size_t head_length = (size_t)sprintf(arena + at, "%s%zu\r\n\r\n", head, length);
  memcpy(arena + at + head_length, body, length);
  requests[request_count++] = (struct request){at, head_length + length, events, (uint32_t)length};
  return at + head_length + length;
}

static void make_batches(const char *lines, const char *end, size_t size) {
  size_t at = 0;
  while (lines < end) {
    const char *first = lines;
    uint32_t events = 0;
    for (; events < size && lines < end; events++) {
      const char *newline = memchr(lines, '\n', (size_t)(end - lines));
      lines = newline ? newline + 1 : end;
    }
    at = add_request(at,
        "POST /v1/events HTTP/1.1\r\nHost: waybill\r\nContent-Type: application/x-ndjson\r\nContent-Length: ", first,
        (size_t)(lines - first), events);
  }
}

static void make_webhooks(const char *lines, const char *end) {
  size_t at = 0;
  while (lines < end) {
    const char *tab = memchr(lines, '\t', (size_t)(end - lines)), *newline = memchr(lines, '\n', (size_t)(end - lines));
    if (!tab || !newline || tab > newline) {
      fprintf(stderr, "a line without a signature, a tab and a body\n");
      exit(1);
    }
    char head[320];
    snprintf(head, sizeof head,
        "POST /v1/webhooks/whatsapp HTTP/1.1\r\nHost: waybill\r\nContent-Type: application/json\r\n"
        "X-Hub-Signature-256: %.*s\r\nContent-Length: ", (int)(tab - lines), lines);
    at = add_request(at, head, tab + 1, (size_t)(newline - tab - 1), 1);
    lines = newline + 1;
  }
}

static size_t count_lines(const char *at, const char *end) {
  size_t count = 0;
  for (; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) count++;
  return count + 1;
}

static void load(const char *path, bool webhooks, size_t batch) {
  int file = open(path, O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) die(path);
  size_t length = (size_t)facts.st_size;
  const char *lines = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (lines == MAP_FAILED) die("mmap");
  size_t heads = webhooks ? count_lines(lines, lines + length) : count_lines(lines, lines + length) / batch + 1;
  arena = malloc(length + heads * 256);
  if (!arena) die("memory");
  if (webhooks) make_webhooks(lines, lines + length);
  else make_batches(lines, lines + length, batch);
  munmap((void *)lines, length);
  close(file);
}

// One request on its way

static void wait_for(struct connection *c, bool writing) {
  if (c->writing == writing) return;
  struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.ptr = c};
  if (epoll_ctl(poller, EPOLL_CTL_MOD, c->descriptor, &event)) die("epoll_ctl");
  c->writing = writing;
}

static void send_more(struct connection *c) {
  while (c->sent < c->request->length) {
    ssize_t written = write(c->descriptor, arena + c->request->start + c->sent, c->request->length - c->sent);
    if (written < 0) {
      if (errno == EAGAIN) return wait_for(c, true);
      die("write");
    }
    c->sent += (size_t)written;
  }
  wait_for(c, false);
}

static void start(struct connection *c) {
  c->request = &requests[next_request++];
  c->sent = c->received = 0;
  c->began = now();
  in_flight++;
  send_more(c);
}

// The number behind `name` in a header or a body, or -1.
static long number_after(const char *text, const char *name) {
  const char *at = strcasestr(text, name);
  return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

// Reads what is there; the status once the reply is whole, else 0.
static int receive(struct connection *c) {
  ssize_t got = read(c->descriptor, c->reply + c->received, sizeof c->reply - 1 - c->received);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) {
    fprintf(stderr, "the daemon closed the connection\n");
    exit(1);
  }
  c->received += (size_t)got;
  c->reply[c->received] = 0;
  char *end = strstr(c->reply, "\r\n\r\n");
  if (!end) return 0;
  long length = number_after(c->reply, "\r\ncontent-length:");
  if (length < 0) {
    fprintf(stderr, "a reply without a length: %s\n", c->reply);
    exit(1);
  }
  if (c->received < (size_t)(end + 4 - c->reply) + (size_t)length) return 0;
  return atoi(c->reply + 9);
}

static void finish(struct connection *c, int status) {
  if (status == 503) {
    long seconds = number_after(c->reply, "\r\nretry-after:");
    busy++;
    waiting++;
    c->resume = now() + (uint64_t)(seconds > 0 ? seconds : 1) * 1000000000u;
    return;
  }
  if (status != 200) {
    fprintf(stderr, "refused: %s\n", c->reply);
    exit(1);
  }
  const char *body = strstr(c->reply, "\r\n\r\n");
  long found = number_after(body, "\"appended\":");
  if (found > 0) appended += (uint64_t)found;
  if ((found = number_after(body, "\"duplicates\":")) > 0) duplicates += (uint64_t)found;
  latencies[answered++] = now() - c->began;
  events_answered += c->request->events;
  bytes_answered += c->request->body;
  c->request = NULL;
  in_flight--;
}

// The run

struct plan {
  double rate;       // events a second; 0: as fast as answers come
  uint64_t began, seconds;
};

// When the next request may start: 0 now, else in ns; UINT64_MAX never.
static uint64_t delay(const struct plan *plan, uint64_t started) {
  if (next_request == request_count) return UINT64_MAX;
  if (!plan->rate) return 0;
  uint64_t moment = now();
  if (plan->seconds && moment - plan->began >= plan->seconds) return UINT64_MAX;
  uint64_t due = plan->began + (uint64_t)((double)started / plan->rate * 1e9);
  return moment >= due ? 0 : due - moment;
}

static void run(struct connection *all, size_t connections, const struct plan *plan) {
  uint64_t started = 0;  // events
  size_t idle = 0;       // where to look for an idle connection
  for (;;) {
    uint64_t wait = UINT64_MAX;
    while (in_flight < connections && (wait = delay(plan, started)) == 0) {
      while (all[idle].request) idle = (idle + 1) % connections;
      started += requests[next_request].events;
      start(&all[idle]);
    }
    if (!in_flight && wait == UINT64_MAX) return;
    if (waiting && wait > 10000000) wait = 10000000;
    struct epoll_event ready[256];
    bool timed = wait != UINT64_MAX && in_flight < connections;
    int timeout = waiting || timed ? (int)((wait + 999999) / 1000000) : 120000;
    int found = epoll_wait(poller, ready, 256, timeout);
    if (found < 0 && errno != EINTR) die("epoll_wait");
    if (found == 0 && timeout == 120000) {
      fprintf(stderr, "no answer for two minutes\n");
      exit(1);
    }
    for (int n = 0; n < found; n++) {
      struct connection *c = ready[n].data.ptr;
      if (c->writing) {
        send_more(c);
        continue;
      }
      int status = receive(c);
      if (!status) continue;
      finish(c, status);
      // the usual case without a walk: the same connection takes the next request
      if (!c->request && delay(plan, started) == 0) {
        started += requests[next_request].events;
        start(c);
      }
    }
    if (waiting) {
      uint64_t moment = now();
      for (size_t n = 0; n < connections; n++) {
        struct connection *c = &all[n];
        if (!c->resume || c->resume > moment) continue;
        c->resume = 0;
        c->sent = c->received = 0;
        waiting--;
        send_more(c);
      }
    }
  }
}

static int by_value(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static struct connection *connect_all(const char *path, size_t count) {
  struct connection *all = calloc(count, sizeof *all);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  poller = epoll_create1(0);
  for (size_t n = 0; n < count; n++) {
    struct connection *c = &all[n];
    c->descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (c->descriptor < 0 || connect(c->descriptor, (struct sockaddr *)&address, sizeof address)) die(path);
    fcntl(c->descriptor, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->descriptor, &event)) die("epoll_ctl");
  }
  return all;
}

static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **arguments) {
  if (count < 5 || count > 7) {
    fprintf(stderr, "usage: bench-client SOCKET LINES CONNECTIONS BATCH|webhooks [RATE [SECONDS]]\n");
    return 2;
  }
  bool webhooks = !strcmp(arguments[4], "webhooks");
  size_t batch = webhooks ? 1 : strtoul(arguments[4], NULL, 10), connections = strtoul(arguments[3], NULL, 10);
  if (!batch || !connections) {
    fprintf(stderr, "a batch and the connections are at least 1\n");
    return 2;
  }
  load(arguments[2], webhooks, batch);
  latencies = calloc(request_count + 1, sizeof *latencies);
  if (connections > request_count) connections = request_count;
  struct connection *all = connect_all(arguments[1], connections);
  struct plan plan = {.rate = count > 5 ? strtod(arguments[5], NULL) : 0};
  if (count > 6) plan.seconds = (uint64_t)(strtod(arguments[6], NULL) * 1e9);

  double cpu = cpu_seconds();
  plan.began = now();
  run(all, connections, &plan);
  double seconds = (double)(now() - plan.began) / 1e9;
  cpu = cpu_seconds() - cpu;
  qsort(latencies, answered, sizeof *latencies, by_value);
  size_t last = answered ? answered - 1 : 0;
  printf("{\"events\":%lu,\"bytes\":%lu,\"seconds\":%.6f,\"ok\":%zu,\"busy\":%zu,\"appended\":%lu,\"duplicates\":%lu,"
         "\"cpu\":%.6f,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n",
         (unsigned long)events_answered, (unsigned long)bytes_answered, seconds, answered, busy, (unsigned long)appended,
         (unsigned long)duplicates, cpu, (double)latencies[answered / 2] / 1e3, (double)latencies[answered * 99 / 100] / 1e3,
         (double)latencies[last] / 1e3);
  return 0;
}
