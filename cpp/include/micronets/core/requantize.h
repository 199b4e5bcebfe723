// micronets/core/requantize.h - from 32-bit sums back to int8: the one place that rounds.
#ifndef MICRONETS_CORE_REQUANTIZE_H_
#define MICRONETS_CORE_REQUANTIZE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

static_assert((-1 >> 1) == -1, "a shift to the right must keep the sign");

/// The codes of an output: that of real 0, the lowest and the highest. With a fused activation the
/// last two are its clamp, otherwise the range of int8.
struct OutputRange {
  int32_t zero_point;
  int32_t low;
  int32_t high;

  constexpr bool is_narrow() const { return low > -128 || high < 127; }
  constexpr bool consistent() const {
    return -128 <= low && low <= zero_point && zero_point <= high && high <= 127;
  }
};

MICRONETS_INLINE int32_t clamp_i32(int32_t value, int32_t low, int32_t high) {
  value = value < low ? low : value;
  return value > high ? high : value;
}

#if MICRONETS_DSP
/// The high half of (acc * multiplier + zero_point * 2^32 + 2^31): halves are rounded up, negative
/// ones too. `acc` is any int32, `multiplier` is from 1 to 2^31 - 1, `zero_point` is an int8.
MICRONETS_INLINE int32_t scale_s8(int32_t acc, int32_t multiplier, int32_t zero_point) {
  int32_t scaled;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(scaled) : "r"(acc), "r"(multiplier), "r"(zero_point));
  return scaled;
}

MICRONETS_INLINE int32_t saturate_s8(int32_t value) {
  __asm__("ssat %0, #8, %1" : "=r"(value) : "r"(value));
  return value;
}
#else
/// The high half of (acc * multiplier + zero_point * 2^32 + 2^31): halves are rounded up, negative
/// ones too. `acc` is any int32, `multiplier` is from 1 to 2^31 - 1, `zero_point` is an int8.
MICRONETS_INLINE int32_t scale_s8(int32_t acc, int32_t multiplier, int32_t zero_point) {
  const int64_t half = INT64_C(1) << 31;
  return static_cast<int32_t>((static_cast<int64_t>(acc) * multiplier + half) >> 32) + zero_point;
}

MICRONETS_INLINE int32_t saturate_s8(int32_t value) { return clamp_i32(value, -128, 127); }
#endif

/// clamp(floor((acc * multiplier + zero_point * 2^32 + 2^31) / 2^32)) to the range of int8.
MICRONETS_INLINE int8_t requantize_s8(int32_t acc, int32_t multiplier, int32_t zero_point) {
  return static_cast<int8_t>(saturate_s8(scale_s8(acc, multiplier, zero_point)));
}

/// The same, clamped to the codes that the output may take.
MICRONETS_INLINE int8_t requantize_s8(int32_t acc, int32_t multiplier, const OutputRange& range) {
  int32_t code = scale_s8(acc, multiplier, range.zero_point);
#if MICRONETS_DSP
  code = saturate_s8(code);
  if (!range.is_narrow()) return static_cast<int8_t>(code);
#endif
  return static_cast<int8_t>(clamp_i32(code, range.low, range.high));
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_REQUANTIZE_H_
