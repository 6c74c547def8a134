// Reads a stretch of the log from waybilld, or sums up a file of events.
//
//   bench-export SOCKET PATH [OUTPUT]      GETs PATH, NDJSON; writes the events to OUTPUT without what the daemon added
//   bench-export - LINES                   the same sums of a file
//
// Prints {"events":…,"bytes":…,"seconds":…,"sum":"…"}. The sum is over all events in any order, each without `sequence`
// and `recordedtime`, and without those the daemon decided itself; so it is the same for a log and for what was sent to
// it, however the requests were cut and whichever came first. It is taken after the clock was stopped.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Bytes of an answer, without its chunks' frames.
static char *content;
static size_t used, room;

static void keep(const char *bytes, size_t length) {
  if (used + length > room) {
    room = (used + length) * 2;
    if (!(content = realloc(content, room))) fail("no memory");
  }
  memcpy(content + used, bytes, length);
  used += length;
}

struct stream {
  int descriptor;
  size_t at, end;
  char bytes[1 << 18];
};

static bool more(struct stream *stream) {
  ssize_t got = read(stream->descriptor, stream->bytes, sizeof stream->bytes);
  stream->at = 0;
  stream->end = got > 0 ? (size_t)got : 0;
  return got > 0;
}

static char *line(struct stream *stream, char *buffer, size_t size) {
  size_t length = 0;
  for (;;) {
    if (stream->at == stream->end && !more(stream)) fail("the answer ends too soon");
    char byte = stream->bytes[stream->at++];
    if (byte == '\n') break;
    if (byte != '\r' && length + 1 < size) buffer[length++] = byte;
  }
  buffer[length] = 0;
  return buffer;
}

static void take(struct stream *stream, size_t length) {
  while (length) {
    if (stream->at == stream->end && !more(stream)) fail("the answer ends too soon");
    size_t part = stream->end - stream->at < length ? stream->end - stream->at : length;
    keep(stream->bytes + stream->at, part);
    stream->at += part;
    length -= part;
  }
}

static void get(const char *path, const char *what) {
  static struct stream stream;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  stream.descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(stream.descriptor, (struct sockaddr *)&address, sizeof address)) fail("no daemon there");
  dprintf(stream.descriptor, "GET %s HTTP/1.1\r\nHost: waybill\r\nAccept: application/x-ndjson\r\n\r\n", what);
  char text[4096];
  if (!strstr(line(&stream, text, sizeof text), " 200")) fail(text);
  bool chunked = false;
  size_t length = 0;
  while (*line(&stream, text, sizeof text)) {
    if (strcasestr(text, "transfer-encoding: chunked") == text) chunked = true;
    if (strcasestr(text, "content-length:") == text) length = strtoul(text + 15, NULL, 10);
  }
  if (!chunked) return take(&stream, length);
  while ((length = strtoul(line(&stream, text, sizeof text), NULL, 16))) {
    take(&stream, length);
    line(&stream, text, sizeof text);
  }
}

static uint64_t mix(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash(const char *bytes, size_t length) {
  uint64_t result = mix(length, 1), word;
  for (; length >= 8; bytes += 8, length -= 8) {
    memcpy(&word, bytes, 8);
    result = mix(result, word);
  }
  word = 0;
  memcpy(&word, bytes, length);
  return mix(mix(result, word), 2);
}

int main(int count, char **arguments) {
  if (count < 3) fail("usage: bench-export SOCKET PATH [OUTPUT] | bench-export - LINES");
  double began = now();
  if (strcmp(arguments[1], "-")) {
    get(arguments[1], arguments[2]);
  } else {
    int file = open(arguments[2], O_RDONLY);
    struct stat facts;
    if (file < 0 || fstat(file, &facts)) fail("the file cannot be read");
    used = (size_t)facts.st_size;
    content = mmap(NULL, used, PROT_READ, MAP_PRIVATE, file, 0);
  }
  double seconds = now() - began;
  FILE *output = count > 3 ? fopen(arguments[3], "w") : NULL;
  uint64_t events = 0, decided = 0;
  __uint128_t sum = 0;
  static char event[1 << 17];
  for (char *at = content, *end = content + used; at < end;) {
    char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
    size_t length = (size_t)((newline ? newline : end) - at);
    events++;
    if (memmem(at, length < 400 ? length : 400, "\"source\":\"/waybilld\"", 20)) {
      decided++;
    } else {
      // the two attributes are the record's last members
      char *added = length > 120 ? memmem(at + length - 110, 110, ",\"sequence\":\"", 13) : NULL;
      size_t own = added ? (size_t)(added - at) : length - 1;
      memcpy(event, at, own);
      event[own++] = '}';
      sum += ((__uint128_t)hash(event, own) << 64 | mix(hash(event, own), 3));
      if (output) fwrite(event, 1, own, output), fputc('\n', output);
    }
    at = next;
  }
  if (output && fclose(output)) fail("the output cannot be written");
  printf("{\"events\":%lu,\"decided\":%lu,\"bytes\":%zu,\"seconds\":%.6f,\"sum\":\"%016lx%016lx\"}\n", (unsigned long)events,
         (unsigned long)decided, used, seconds, (unsigned long)(sum >> 64), (unsigned long)sum);
  return 0;
}
