// More of the same traffic: a copy of a file of events, so many days later and with identities of its own, so that a
// stretch of a month becomes years. Copy 0 is the file itself.
//
//   bench-traffic LINES COPY DAYS OUTPUT      prints how many lines
//
// The contacts, numbers and accounts stay. Message ids keep their length: the three characters behind "wamid." count the
// copies. Other identities get the copy's number in front.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

static long copy, days;
static char mark[4];
static char *out;

static void put(const char *bytes, size_t length) {
  memcpy(out, bytes, length);
  out += length;
}

// 2026-10-03, moved by copy · days. Traffic asks for few distinct days again and again.
static const char *moved(const char *day) {
  static char known[64][11], answers[64][11];
  unsigned slot = ((unsigned)(day[5] * 31 + day[6]) * 7 + (unsigned)(day[8] - '0') * 10 + (unsigned)(day[9] - '0')) % 64;
  if (memcmp(known[slot], day, 10)) {
    struct tm date = {.tm_year = atoi(day) - 1900, .tm_mon = atoi(day + 5) - 1, .tm_mday = atoi(day + 8)};
    time_t seconds = timegm(&date) + copy * days * 86400;
    memcpy(known[slot], day, 10);
    strftime(answers[slot], sizeof answers[slot], "%Y-%m-%d", gmtime_r(&seconds, &date));
  }
  return answers[slot];
}

// One line: what is between the places that change is copied as it is.
static void rewrite(const char *at, const char *end) {
  const char *kept = at;
  while ((at = memchr(at, '"', (size_t)(end - at)))) {
    if (end - at > 18 && (!memcmp(at, "\"time\":\"", 8) || !memcmp(at, "\"until\":\"", 9))) {
      const char *day = at + (at[1] == 't' ? 8 : 9);
      put(kept, (size_t)(day - kept));
      put(moved(day), 10);
      kept = at = day + 10;
    } else if (end - at > 10 && !memcmp(at, "\"wamid.", 7)) {
      put(kept, (size_t)(at + 7 - kept));
      put(mark, 3);
      kept = at = at + 10;
    } else if (end - at > 12 && !memcmp(at, "\"id\":\"", 6) && memcmp(at + 6, "wamid.", 6)) {
      put(kept, (size_t)(at + 6 - kept));
      out += sprintf(out, "%ld.", copy);
      kept = at = at + 6;
    } else {
      at++;
    }
  }
  put(kept, (size_t)(end - kept));
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: bench-traffic LINES COPY DAYS OUTPUT\n");
    return 2;
  }
  copy = atol(arguments[2]);
  days = atol(arguments[3]);
  int file = open(arguments[1], O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) {
    perror(arguments[1]);
    return 1;
  }
  const char *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0), *end = at + facts.st_size;
  FILE *output = fopen(arguments[4], "w");
  if (!output) {
    perror(arguments[4]);
    return 1;
  }
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  // an id of copy 0 begins with "HBg", those of the others with "W" and on
  long number = copy + ('W' - 'A') * 4096;
  if (copy) snprintf(mark, sizeof mark, "%c%c%c", digits[number / 64 / 64 % 64], digits[number / 64 % 64], digits[number % 64]);
  char *line = malloc(1 << 20);
  size_t lines = 0;
  while (at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
    if (copy) {
      out = line;
      rewrite(at, next);
      fwrite(line, 1, (size_t)(out - line), output);
    } else {
      fwrite(at, 1, (size_t)(next - at), output);
    }
    lines++;
    at = next;
  }
  if (fclose(output)) {
    perror(arguments[4]);
    return 1;
  }
  printf("%zu\n", lines);
  return 0;
}
