"""Small programs that the tests of the toolchain run on every target."""

# Doubles every byte of the input and sums them. The counted regions do 1, 2 and no rounds of work.
DOUBLE_BYTES = r"""
#include "harness.h"

struct Constructed {
  int32_t value;
  Constructed() : value(7) {}
};
static Constructed constructed;
static uint8_t bytes[256];
static volatile uint32_t sum = 5;

static void work(int32_t count) {
  for (int32_t i = 0; i < count; ++i) sum = sum + bytes[i];
}

int main() {
  int32_t count = 0;
  if (!harness_read(&count, 4)) return 1;
  if (!harness_read(bytes, count)) return 2;
  harness_count_begin();
  work(count);
  harness_count_end();
  harness_count_begin();
  work(count);
  work(count);
  harness_count_end();
  harness_count_begin();
  harness_count_end();
  for (int32_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(2 * bytes[i]);
  harness_write(bytes, count);
  const uint32_t total = sum;
  harness_write(&total, 4);
  const bool more = harness_read(bytes, 1);
  return !more && constructed.value == 7 ? 0 : 3;
}
"""

# Uses as many bytes of stack as the input says, and a little more.
USE_STACK = r"""
#include "harness.h"

__attribute__((noinline)) static uint8_t deepest(int32_t bytes) {
  volatile uint8_t array[256];
  for (int32_t i = 0; i < 256; ++i) array[i] = static_cast<uint8_t>(i);
  return static_cast<uint8_t>(bytes <= 256 ? array[1] : deepest(bytes - 256) + array[0]);
}

int main() {
  int32_t bytes = 0;
  if (!harness_read(&bytes, 4)) return 1;
  const uint8_t one = deepest(bytes);
  harness_write(&one, 1);
  return 0;
}
"""
