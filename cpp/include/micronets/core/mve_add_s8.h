// micronets/core/mve_add_s8.h - weighted sums of two runs of int8 codes with Helium.
#ifndef MICRONETS_CORE_MVE_ADD_S8_H_
#define MICRONETS_CORE_MVE_ADD_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"
#include "micronets/core/requantize.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
struct MveAddS8 {
  int32_t first_factor;
  int32_t second_factor;
  int32_t start;
  int32_t shift;
  OutputRange range;
};

/// ((start + first * its factor + second * its factor) >> shift) + zero point, clamped; the output
/// may be one of the inputs.
MICRONETS_INLINE void mve_add_s8(const MveAddS8& p, const int8_t* first, const int8_t* second,
                                 int32_t count, int8_t* output) {
  Bytes16 low;
  Bytes16 high;
  __asm__("vdup.32 %q0, %1" : "=w"(low) : "r"(p.range.low));
  __asm__("vdup.32 %q0, %1" : "=w"(high) : "r"(p.range.high));
  Bytes16 a;
  Bytes16 b;
  __asm__ volatile(
      "dlstp.32 lr, %[count]\n"
      "1:\n"
      "vldrb.s32 %q[a], [%[first]], #4; vldrb.s32 %q[b], [%[second]], #4\n"
      "vmul.i32 %q[a], %q[a], %[first_factor]; vmla.s32 %q[a], %q[b], %[second_factor]\n"
      "vadd.i32 %q[a], %q[a], %[start]; vshl.s32 %q[a], %[shift]\n"
      "vadd.i32 %q[a], %q[a], %[zero_point]\n"
      "vmax.s32 %q[a], %q[a], %q[low]; vmin.s32 %q[a], %q[a], %q[high]\n"
      "vstrb.32 %q[a], [%[output]], #4\n"
      "letp lr, 1b\n"
      :
      [first] "+l"(first), [second] "+l"(second), [output] "+l"(output), [a] "=&w"(a), [b] "=&w"(b)
      : [count] "r"(count), [first_factor] "r"(p.first_factor),
        [second_factor] "r"(p.second_factor), [start] "r"(p.start), [shift] "r"(-p.shift),
        [zero_point] "r"(p.range.zero_point), [low] "w"(low), [high] "w"(high)
      : "lr", "memory");
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_ADD_S8_H_
