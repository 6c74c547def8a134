// What the helpers of the bench have in common.
#pragma once
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef struct {
  const char *at, *end;
} lines;

/// The lines of a file, read into memory before the clock starts; ends the program with a sentence when there is no such file.
static inline lines lines_of(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts)) {
    perror(path);
    exit(1);
  }
  const char *at = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (at == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  return (lines){at, at + facts.st_size};
}
