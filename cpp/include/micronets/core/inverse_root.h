// micronets/core/inverse_root.h - one over a square root, by integers of 32 bits alone.
#ifndef MICRONETS_CORE_INVERSE_ROOT_H_
#define MICRONETS_CORE_INVERSE_ROOT_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// 2^bits / sqrt(square) within 2^-13.8 of it and a half; 0 of 0. `square` is below 2^31, `bits`
/// from 16 to 29. Three of Newton's steps from a line; docs/numerics.md has every rounding.
inline MICRONETS_KERNEL int32_t inverse_root(int32_t square, int32_t bits) {
  if (square == 0) return 0;
  // A factor of 4^half brings the square to 2^30 and up.
  uint32_t normal = static_cast<uint32_t>(square);
  int32_t half = 0;
  if (normal < UINT32_C(1) << 16) normal <<= 16, half += 8;
  if (normal < UINT32_C(1) << 24) normal <<= 8, half += 4;
  if (normal < UINT32_C(1) << 28) normal <<= 4, half += 2;
  if (normal < UINT32_C(1) << 30) normal <<= 2, half += 1;
  const uint32_t m = normal >> 16;            // 16 fractional bits, from 1/4 to 1
  uint32_t root = 34942 - (m * 19967 >> 16);  // 14 fractional bits, from 1 to 2
  uint32_t next = 0;                          // 29 fractional bits
  for (int32_t step = 0; step < 3; ++step) {
    const uint32_t product = m * (root * root >> 14);
    next = root * (((UINT32_C(3) << 30) - product) >> 16);
    root = next >> 15;
  }
  return static_cast<int32_t>(((next >> (44 - bits - half)) + 1) >> 1);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_INVERSE_ROOT_H_
