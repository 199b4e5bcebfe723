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
  int8_t zero_point;
  int8_t low;
  int8_t high;

  MICRONETS_INLINE constexpr bool is_narrow() const { return low > -128 || high < 127; }
  constexpr bool consistent() const { return low <= zero_point && zero_point <= high; }
};

MICRONETS_INLINE int32_t clamp_i32(int32_t value, int32_t low, int32_t high) {
  value = value < low ? low : value;
  return value > high ? high : value;
}

#if MICRONETS_AVR_MUL
// A product of two bytes, added to the column that it belongs to and to the two above.
#define MICRONETS_ADD_PRODUCT(a, b, low, middle, high) \
  "mul " a ", " b " $ add " low ", r0 $ adc " middle ", r1 $ adc " high ", %[zero]\n"

/// floor((acc * multiplier + 2^31) / 2^32): halves are rounded up, negative ones too. `multiplier`
/// is from 1 to 2^31 - 1. Column by column of bytes, in 130 cycles; gcc calls subroutines for 450.
inline MICRONETS_KERNEL int32_t rounded_high_half(int32_t acc, int32_t multiplier) {
  int32_t result;
  uint8_t low;
  uint8_t middle;
  uint8_t high;
  __asm__(
      "mul %A[acc], %A[by]\n"
      "mov %[low], r1\n"
      "clr %[middle]\n"
      "clr %[high]\n"
      "clr %A[result]\n"
      "clr %B[result]\n"
      "clr %C[result]\n"
      "clr %D[result]\n"
      MICRONETS_ADD_PRODUCT("%B[acc]", "%A[by]", "%[low]", "%[middle]", "%[high]")
      MICRONETS_ADD_PRODUCT("%A[acc]", "%B[by]", "%[low]", "%[middle]", "%[high]")
      MICRONETS_ADD_PRODUCT("%C[acc]", "%A[by]", "%[middle]", "%[high]", "%A[result]")
      MICRONETS_ADD_PRODUCT("%B[acc]", "%B[by]", "%[middle]", "%[high]", "%A[result]")
      MICRONETS_ADD_PRODUCT("%A[acc]", "%C[by]", "%[middle]", "%[high]", "%A[result]")
      MICRONETS_ADD_PRODUCT("%D[acc]", "%A[by]", "%[high]", "%A[result]", "%B[result]")
      MICRONETS_ADD_PRODUCT("%C[acc]", "%B[by]", "%[high]", "%A[result]", "%B[result]")
      MICRONETS_ADD_PRODUCT("%B[acc]", "%C[by]", "%[high]", "%A[result]", "%B[result]")
      MICRONETS_ADD_PRODUCT("%A[acc]", "%D[by]", "%[high]", "%A[result]", "%B[result]")
      "lsl %[high]\n"  // its highest bit rounds
      "adc %A[result], %[zero]\n"
      "adc %B[result], %[zero]\n"
      MICRONETS_ADD_PRODUCT("%D[acc]", "%B[by]", "%A[result]", "%B[result]", "%C[result]")
      MICRONETS_ADD_PRODUCT("%C[acc]", "%C[by]", "%A[result]", "%B[result]", "%C[result]")
      MICRONETS_ADD_PRODUCT("%B[acc]", "%D[by]", "%A[result]", "%B[result]", "%C[result]")
      MICRONETS_ADD_PRODUCT("%D[acc]", "%C[by]", "%B[result]", "%C[result]", "%D[result]")
      MICRONETS_ADD_PRODUCT("%C[acc]", "%D[by]", "%B[result]", "%C[result]", "%D[result]")
      "mul %D[acc], %D[by]\n"
      "add %C[result], r0\n"
      "adc %D[result], r1\n"
      // As a number without a sign acc was 2^32 larger where it is negative.
      "sbrs %D[acc], 7\n"
      "rjmp 1f\n"
      "sub %A[result], %A[by]\n"
      "sbc %B[result], %B[by]\n"
      "sbc %C[result], %C[by]\n"
      "sbc %D[result], %D[by]\n"
      "1: clr __zero_reg__\n"
      : [result] "=&r"(result), [low] "=&r"(low), [middle] "=&r"(middle), [high] "=&r"(high)
      : [acc] "r"(acc), [by] "r"(multiplier), [zero] "r"(uint8_t{0})
      : "cc");
  return result;
}

#undef MICRONETS_ADD_PRODUCT
#else
/// floor((acc * multiplier + 2^31) / 2^32): halves are rounded up, negative ones too. `multiplier`
/// is from 1 to 2^31 - 1.
MICRONETS_INLINE int32_t rounded_high_half(int32_t acc, int32_t multiplier) {
#if MICRONETS_WIDE_PRODUCT
  return static_cast<int32_t>((static_cast<int64_t>(acc) * multiplier + (INT64_C(1) << 31)) >> 32);
#else
  // Four products of 16 x 16 bits; no sum of them leaves 32 bits.
  const int32_t acc_high = acc >> 16;
  const uint32_t acc_low = static_cast<uint16_t>(acc);
  const int32_t high = multiplier >> 16;
  const uint32_t low = static_cast<uint16_t>(multiplier);
  const int32_t upper =
      acc_high * static_cast<int32_t>(low) + static_cast<int32_t>(acc_low * low >> 16);
  const uint32_t lower = acc_low * static_cast<uint32_t>(high) + static_cast<uint16_t>(upper);
  return acc_high * high + (upper >> 16) + static_cast<int32_t>(((lower >> 15) + 1) >> 1);
#endif
}
#endif

/// rounded_high_half(acc, multiplier) + zero_point, an int8.
MICRONETS_INLINE int32_t scale_s8(int32_t acc, int32_t multiplier, int32_t zero_point) {
#if MICRONETS_DSP
  int32_t scaled;
  __asm__("smmlar %0, %1, %2, %3" : "=r"(scaled) : "r"(acc), "r"(multiplier), "r"(zero_point));
  return scaled;
#else
  return rounded_high_half(acc, multiplier) + zero_point;
#endif
}

MICRONETS_INLINE int32_t saturate_s8(int32_t value) {
#if MICRONETS_DSP
  __asm__("ssat %0, #8, %1" : "=r"(value) : "r"(value));
  return value;
#else
  return clamp_i32(value, -128, 127);
#endif
}

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

/// Codes that are only saturated to int8, to those that the output may take.
inline MICRONETS_KERNEL void clamp_row_s8(const OutputRange& range, int8_t* codes, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    codes[i] = static_cast<int8_t>(clamp_i32(codes[i], range.low, range.high));
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_REQUANTIZE_H_
