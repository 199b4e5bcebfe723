// harness_native.cpp - the harness on the host: two files in the folder where the program runs, so
// that printf stays free for what a person wants to see.
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

static FILE* open_or_stop(const char* name, const char* mode) {
  FILE* const file = fopen(name, mode);
  if (file == NULL) {
    perror(name);
    exit(2);
  }
  return file;
}

bool harness_read(void* destination, int32_t bytes) {
  static FILE* const file = open_or_stop("input.bin", "rb");
  const size_t wanted = static_cast<size_t>(bytes);
  return fread(destination, 1, wanted, file) == wanted;
}

void harness_write(const void* source, int32_t bytes) {
  static FILE* const file = open_or_stop("output.bin", "wb");
  const size_t wanted = static_cast<size_t>(bytes);
  if (fwrite(source, 1, wanted, file) != wanted) {
    perror("output.bin");
    exit(2);
  }
}
