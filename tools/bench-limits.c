// How fast the single stages of an event's way can be at all on this machine, each alone and on one core, with the
// libraries Waybill uses, on lines of its traffic; and those that no event is spared while all other cores are busy with
// the same, since cores share caches, memory and often more.
//
//   bench-limits LINES FOLDER      prints a JSON object; ns are for one event, MB and GB a second decimal
//
// Every stage is run for half a second at least, three times; the fastest counts, since a limit is what is looked for.
#define _GNU_SOURCE
#include <CSHA256.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <CSimdJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum { FRAME = 256, FRAMES = 64, EVENTS = FRAME * FRAMES };  // some 6 MB of lines: more than a core's own cache

static const uint8_t *line[EVENTS];
static uint32_t length[EVENTS];
static uint8_t *frame[FRAMES], *array[FRAMES], *packed[FRAMES];
static size_t frame_size[FRAMES], array_size[FRAMES], packed_size[FRAMES];
static volatile uint64_t sink;
static const char *folder;

static void fail(const char *what) {
  fprintf(stderr, "bench-limits: %s\n", what);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double now(void) { return seconds_of(CLOCK_MONOTONIC); }
static double own(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

// Nanoseconds of this thread for one of the `count` things that a call of `work` does.
static double fastest(void (*work)(void), size_t count) {
  double best = 1e9;
  work();
  for (int turn = 0; turn < 3; turn++) {
    double began = own();
    size_t calls = 0;
    while (own() - began < 0.5) {
      work();
      calls++;
    }
    double each = (own() - began) / (double)calls / (double)count * 1e9;
    if (each < best) best = each;
  }
  return best;
}

static void load(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) fail("the lines cannot be read");
  const uint8_t *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0), *end = at + facts.st_size;
  for (size_t n = 0; n < EVENTS; n++) {
    const uint8_t *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    if (!newline) fail("there are too few lines");
    line[n] = at;
    length[n] = (uint32_t)(newline - at);
    at = newline + 1;
  }
  for (size_t f = 0; f < FRAMES; f++) {
    size_t room = 64;
    for (size_t n = f * FRAME; n < (f + 1) * FRAME; n++) room += length[n] + 2;
    uint8_t *entry = frame[f] = malloc(room), *item = array[f] = calloc(1, room + tape_padding);
    for (size_t n = f * FRAME; n < (f + 1) * FRAME; n++) {
      *entry++ = (uint8_t)(length[n] >> 8);
      *entry++ = (uint8_t)length[n];
      memcpy(entry, line[n], length[n]);
      entry += length[n];
      *item++ = n % FRAME ? ',' : '[';
      memcpy(item, line[n], length[n]);
      item += length[n];
    }
    *item++ = ']';
    frame_size[f] = (size_t)(entry - frame[f]);
    array_size[f] = (size_t)(item - array[f]);
    packed[f] = malloc(ZSTD_compressBound(frame_size[f]));
  }
}

// The stages

static tape_parser *parser;
static void parse(void) {
  for (size_t f = 0; f < FRAMES; f++)
    if (tape_parser_parse(parser, array[f], array_size[f], tape_form_array)) fail("simdjson refuses a line");
}

static ZSTD_CCtx *compressor;
static void compress(void) {
  for (size_t f = 0; f < FRAMES; f++)
    packed_size[f] = ZSTD_compressCCtx(compressor, packed[f], ZSTD_compressBound(frame_size[f]), frame[f], frame_size[f], 1);
}

static ZSTD_DCtx *decompressor;
static uint8_t *unpacked;
static void decompress(void) {
  for (size_t f = 0; f < FRAMES; f++) sink += ZSTD_decompressDCtx(decompressor, unpacked, 1 << 24, packed[f], packed_size[f]);
}

static void hash_alone(void) {
  uint8_t digest[32];
  for (size_t n = 0; n < EVENTS; n++) sink += SHA256(line[n], length[n], digest)[0];
}

static uint8_t digests[EVENTS * 32];
static void hash_many(void) {
  for (size_t f = 0; f < FRAMES; f++) csha256_many(line + f * FRAME, length + f * FRAME, FRAME, digests + f * FRAME * 32);
}

// What no event is spared. By one thread at a time SHA-256 is a choice of the processor's.
static void hash(void) { csha256_lanes() ? hash_many() : hash_alone(); }
static void spared_none(void) {
  parse();
  hash();
  compress();
}

// One process for each other core, which does nothing else until it is ended.
enum { MOST_CORES = 256 };
static pid_t others[MOST_CORES];
static int other_count;

static void occupy_other_cores(void) {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores)) fail("the number of cores");
  pid_t parent = getpid();
  for (int n = 1; n < CPU_COUNT(&cores) && n < MOST_CORES; n++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (getppid() == parent) spared_none();
      _exit(0);
    }
    others[other_count++] = child;
  }
}

static void release_other_cores(void) {
  while (other_count > 0) {
    kill(others[--other_count], SIGKILL);
    waitpid(others[other_count], NULL, 0);
  }
}

static void copy_memory(void) {
  for (size_t f = 0; f < FRAMES; f++) memcpy(unpacked, frame[f], frame_size[f]), sink += unpacked[f];
}

// Through a Unix socket, from one thread to another: GB a second.

static int ends[2];
enum { STREAM = 1 << 30, PIECE = 1 << 20 };

static void *read_all(void *unused) {
  (void)unused;
  char *into = malloc(PIECE);
  for (size_t got = 0; got < STREAM;) {
    ssize_t part = read(ends[1], into, PIECE);
    if (part <= 0) fail("the socket");
    got += (size_t)part;
  }
  free(into);
  return NULL;
}

static double socket_speed(void) {
  double best = 0;
  char *from = calloc(1, PIECE);
  for (int turn = 0; turn < 3; turn++) {
    pthread_t reader;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
    pthread_create(&reader, NULL, read_all, NULL);
    double began = now();
    for (size_t sent = 0; sent < STREAM; sent += PIECE)
      if (write(ends[0], from, PIECE) != PIECE) fail("the socket");
    pthread_join(reader, NULL);
    double speed = STREAM / (now() - began) / 1e9;
    if (speed > best) best = speed;
    close(ends[0]), close(ends[1]);
  }
  free(from);
  return best;
}

// A byte there and a byte back between two threads that sleep: half of it is one waking, in µs.

static void *echo(void *unused) {
  (void)unused;
  char byte;
  while (read(ends[1], &byte, 1) == 1)
    if (write(ends[1], &byte, 1) != 1) break;
  return NULL;
}

static double waking(void) {
  enum { TIMES = 20000 };
  pthread_t other;
  char byte = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) fail("socketpair");
  pthread_create(&other, NULL, echo, NULL);
  double began = now();
  for (int n = 0; n < TIMES; n++)
    if (write(ends[0], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1) fail("the socket");
  double each = (now() - began) / TIMES / 2 * 1e6;
  shutdown(ends[0], SHUT_RDWR);
  pthread_join(other, NULL);
  return each;
}

// Writing and syncing

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

// The median of a write of `size` bytes to the end of a file, and fdatasync, in µs.
static double sync_time(size_t size, size_t times) {
  char path[4096];
  snprintf(path, sizeof path, "%s/limits", folder);
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  char *bytes = malloc(size);
  memset(bytes, 1, size);
  double *each = calloc(times, sizeof *each);
  for (size_t n = 0; n < times; n++) {
    double began = now();
    if (write(file, bytes, size) != (ssize_t)size || fdatasync(file)) fail("the disk");
    each[n] = (now() - began) * 1e6;
  }
  close(file);
  unlink(path);
  qsort(each, times, sizeof *each, by_value);
  double median = each[times / 2];
  free(each), free(bytes);
  return median;
}

int main(int count, char **arguments) {
  if (count != 3) fail("usage: bench-limits LINES FOLDER");
  folder = arguments[2];
  load(arguments[1]);
  parser = tape_parser_create(64);
  compressor = ZSTD_createCCtx();
  decompressor = ZSTD_createDCtx();
  unpacked = malloc(1 << 24);
  size_t bytes = 0, stored = 0;
  for (size_t f = 0; f < FRAMES; f++) bytes += frame_size[f];
  double into = fastest(compress, EVENTS);
  for (size_t f = 0; f < FRAMES; f++) stored += packed_size[f];
  double large = sync_time(4 << 20, 40);
  printf("{\"bytes_per_event\":%.1f,\"parse_ns\":%.1f,\"sha256_ns\":%.1f,", (double)bytes / EVENTS, fastest(parse, EVENTS), fastest(hash_alone, EVENTS));
  printf("\"sha256_lanes\":%d,\"sha256_many_ns\":%.1f,", csha256_lanes(), csha256_lanes() ? fastest(hash_many, EVENTS) : 0.0);
  printf("\"compress_ns\":%.1f,\"compressed_bytes_per_event\":%.1f,\"decompress_ns\":%.1f,\"copy_ns\":%.1f,", into, (double)stored / EVENTS,
         fastest(decompress, EVENTS), fastest(copy_memory, EVENTS));
  occupy_other_cores();
  double together[] = {fastest(parse, EVENTS), fastest(hash, EVENTS), fastest(compress, EVENTS), fastest(spared_none, EVENTS)};
  release_other_cores();
  printf("\"together\":{\"parse_ns\":%.1f,\"hash_ns\":%.1f,\"compress_ns\":%.1f,\"all_ns\":%.1f},\"all_ns\":%.1f,", together[0], together[1],
         together[2], together[3], fastest(spared_none, EVENTS));
  printf("\"socket_gb_per_second\":%.2f,\"waking_us\":%.1f,\"sync_us\":%.1f,\"write_sync_4mib_us\":%.1f}\n", socket_speed(), waking(),
         sync_time(4096, 400), large);
  return 0;
}
