// micronets/core/mve_values_s8.h - one number from rows of int8 codes with Helium.
#ifndef MICRONETS_CORE_MVE_VALUES_S8_H_
#define MICRONETS_CORE_MVE_VALUES_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// The largest of `width` neighbours in each of `height` rows, which are `stride` apart, and
/// `most`.
MICRONETS_INLINE int32_t mve_largest_s8(const int8_t* row, int32_t stride, int32_t width,
                                        int32_t height, int32_t most) {
  const int32_t skip = stride - ((width + 15) & ~15);
  Bytes16 loaded;
  __asm__ volatile(
      "1:\n"
      "dlstp.8 lr, %[width]\n"
      "2:\n"
      "vldrb.8 %q[loaded], [%[row]], #16; vmaxv.s8 %[most], %q[loaded]\n"
      "letp lr, 2b\n"
      "add %[row], %[row], %[skip]\n"
      "subs %[height], %[height], #1; bne 1b\n"
      : [row] "+r"(row), [most] "+r"(most), [height] "+r"(height), [loaded] "=&w"(loaded)
      : [width] "r"(width), [skip] "r"(skip)
      : "lr", "cc", "memory");
  return most;
}

/// The sum of the same.
MICRONETS_INLINE int32_t mve_sum_s8(const int8_t* row, int32_t stride, int32_t width,
                                    int32_t height) {
  const int32_t skip = stride - ((width + 15) & ~15);
  int32_t sum = 0;
  Bytes16 loaded;
  __asm__ volatile(
      "1:\n"
      "dlstp.8 lr, %[width]\n"
      "2:\n"
      "vldrb.8 %q[loaded], [%[row]], #16; vaddva.s8 %[sum], %q[loaded]\n"
      "letp lr, 2b\n"
      "add %[row], %[row], %[skip]\n"
      "subs %[height], %[height], #1; bne 1b\n"
      : [row] "+r"(row), [sum] "+Te"(sum), [height] "+r"(height), [loaded] "=&w"(loaded)
      : [width] "r"(width), [skip] "r"(skip)
      : "lr", "cc", "memory");
  return sum;
}

/// sum + the products of `count` neighbours, 1 or more.
MICRONETS_INLINE int32_t mve_dot_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                    int32_t sum) {
  Bytes16 value;
  Bytes16 weight;
  __asm__ volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vldrb.8 %q[value], [%[values]], #16; vldrb.8 %q[weight], [%[weights]], #16\n"
      "vmladava.s8 %[sum], %q[value], %q[weight]\n"
      "letp lr, 1b\n"
      : [values] "+r"(values), [weights] "+r"(weights), [sum] "+Te"(sum), [value] "=&w"(value),
        [weight] "=&w"(weight)
      : [count] "r"(count)
      : "lr", "memory");
  return sum;
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_VALUES_S8_H_
