// Asks waybilld questions one after the other on one connection, and says how long each kind took.
//
//   bench-questions SOCKET QUESTIONS SECONDS PAUSE      PAUSE in µs between an answer and the next question
//
// A line of QUESTIONS is a kind, a tab, and a path to GET; they are asked in turn, again from the first after the last.
// Prints {"KIND":{"n":…,"p50":…,"p99":…,"max":…},…}, in µs. Every kind is asked at least once, however long that takes.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct kind {
  char name[32];
  double *latencies;
  size_t count, room;
};
struct question {
  struct kind *kind;
  char *request;
  size_t length;
};

static struct kind kinds[16];
static size_t kind_count, question_count;
static struct question *questions;
static int descriptor;

static void fail(const char *what, const char *more) {
  fprintf(stderr, "%s: %s\n", what, more);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static struct kind *kind_named(const char *name) {
  for (size_t n = 0; n < kind_count; n++)
    if (!strcmp(kinds[n].name, name)) return &kinds[n];
  if (kind_count == 16) fail("too many kinds", name);
  snprintf(kinds[kind_count].name, sizeof kinds[0].name, "%s", name);
  return &kinds[kind_count++];
}

static void load(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path, "cannot be read");
  char *line = NULL;
  size_t size = 0, room = 0;
  while (getline(&line, &size, file) > 0) {
    char *tab = strchr(line, '\t');
    if (!tab) fail(path, "a line without a tab");
    *tab = 0;
    tab[strcspn(tab + 1, "\n") + 1] = 0;
    if (question_count == room) questions = realloc(questions, (room = room ? room * 2 : 256) * sizeof *questions);
    struct question *question = &questions[question_count++];
    question->kind = kind_named(line);
    question->length = (size_t)asprintf(&question->request, "GET %s HTTP/1.1\r\nHost: waybill\r\n\r\n", tab + 1);
  }
  fclose(file);
  if (!question_count) fail(path, "no questions");
}

static void ask(const struct question *question) {
  static char reply[1 << 22];
  size_t received = 0;
  if (write(descriptor, question->request, question->length) != (ssize_t)question->length) fail("write", "cut short");
  for (;;) {
    ssize_t got = read(descriptor, reply + received, sizeof reply - 1 - received);
    if (got <= 0) fail(question->request, "no answer within ten minutes, or the daemon closed the connection");
    received += (size_t)got;
    reply[received] = 0;
    char *end = strstr(reply, "\r\n\r\n"), *length = end ? strcasestr(reply, "\r\ncontent-length:") : NULL;
    if (!end) continue;
    if (strncmp(reply, "HTTP/1.1 200", 12) || !length || length > end) fail(question->request, reply);
    if (received >= (size_t)(end + 4 - reply) + strtoul(length + 17, NULL, 10)) return;
  }
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
  if (count != 5) fail("usage", "bench-questions SOCKET QUESTIONS SECONDS PAUSE");
  load(arguments[2]);
  double limit = strtod(arguments[3], NULL) * 1e6;
  useconds_t pause = (useconds_t)strtoul(arguments[4], NULL, 10);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
  descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) fail(arguments[1], "no daemon there");

  struct timeval longest = {.tv_sec = 600};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);

  double began = now();
  size_t asked_kinds = 0;
  for (size_t n = 0; asked_kinds < kind_count || now() - began < limit; n++) {
    const struct question *question = &questions[n % question_count];
    struct kind *kind = question->kind;
    if (now() - began >= limit && kind->count) continue;  // out of time: only what was not asked yet
    double start = now();
    ask(question);
    if (kind->count == kind->room)
      kind->latencies = realloc(kind->latencies, (kind->room = kind->room ? kind->room * 2 : 1024) * sizeof(double));
    if (!kind->count) asked_kinds++;
    kind->latencies[kind->count++] = now() - start;
    if (pause) usleep(pause);
  }
  printf("{");
  for (size_t n = 0; n < kind_count; n++) {
    struct kind *kind = &kinds[n];
    qsort(kind->latencies, kind->count, sizeof(double), by_value);
    printf("%s\"%s\":{\"n\":%zu,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}", n ? "," : "", kind->name, kind->count,
           kind->latencies[kind->count / 2], kind->latencies[kind->count * 99 / 100], kind->latencies[kind->count - 1]);
  }
  printf("}\n");
  return 0;
}
