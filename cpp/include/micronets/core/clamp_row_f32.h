// micronets/core/clamp_row_f32.h - the activation of a finished row, many values at a time.
#ifndef MICRONETS_CORE_CLAMP_ROW_F32_H_
#define MICRONETS_CORE_CLAMP_ROW_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Applies an activation to `count` values in place.
inline MICRONETS_FAST_KERNEL void activate_row_f32(Activation activation, float ceiling,
                                                   float* values, int32_t count) {
  if (activation == Activation::linear) return;
  const float* const end = values + count;
#if MICRONETS_VFP4 && defined(__ARM_FEATURE_DSP)
  // Six bit patterns at a time, as in clamp_f32(): BIC with the sign clears what is negative; a
  // saturating addition and its inverse cut off what is above the ceiling.
  int32_t most;
  memcpy(&most, &ceiling, sizeof most);
  const int32_t room = 0x7FFFFFFF - most;
  while (end - values >= 6) {
    __asm__ volatile(
        "ldm %[values], {r2, r3, r4, r5, r6, r8}\n"
        "qadd r2, r2, %[room]; qadd r3, r3, %[room]; qadd r4, r4, %[room]\n"
        "qadd r5, r5, %[room]; qadd r6, r6, %[room]; qadd r8, r8, %[room]\n"
        "sub r2, r2, %[room]; sub r3, r3, %[room]; sub r4, r4, %[room]\n"
        "sub r5, r5, %[room]; sub r6, r6, %[room]; sub r8, r8, %[room]\n"
        "bic r2, r2, r2, asr #31; bic r3, r3, r3, asr #31; bic r4, r4, r4, asr #31\n"
        "bic r5, r5, r5, asr #31; bic r6, r6, r6, asr #31; bic r8, r8, r8, asr #31\n"
        "stmia %[values]!, {r2, r3, r4, r5, r6, r8}\n"
        : [values] "+r"(values)
        : [room] "r"(room)
        : "r2", "r3", "r4", "r5", "r6", "r8", "memory");
  }
#endif
  for (; values != end; ++values) *values = clamp_f32(*values, ceiling);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CLAMP_ROW_F32_H_
