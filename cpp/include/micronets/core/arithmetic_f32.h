// micronets/core/arithmetic_f32.h - the one multiply-add that all float kernels are made of.
#ifndef MICRONETS_CORE_ARITHMETIC_F32_H_
#define MICRONETS_CORE_ARITHMETIC_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// a * b + c; one instruction and one rounding where the chip has it. Asked for by name, because
/// -std=c++11 (unlike -std=gnu++11) forbids compilers to form it by themselves.
MICRONETS_INLINE float multiply_add(float a, float b, float c) {
#if defined(__ARM_FEATURE_FMA) || defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_ARITHMETIC_F32_H_
