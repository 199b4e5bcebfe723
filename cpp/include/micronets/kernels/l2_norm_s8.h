// micronets/kernels/l2_norm_s8.h - int8 channels of each position divided by their length.
#ifndef MICRONETS_KERNELS_L2_NORM_S8_H_
#define MICRONETS_KERNELS_L2_NORM_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/inverse_root.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct L2NormS8 {
  Shape input;
  Shape output;
  int32_t input_zero_point;
  int32_t zero_point;
  int32_t bits;               // see `inverse_root`
  const int32_t* multiplier;  // [channel], of either sign

  constexpr bool consistent() const {
    // As many squares of differences of codes as an int32 can sum.
    return same_size(input, output) && output.is_planar() && output.channels <= 32767 &&
           bits >= 16 && bits <= 29;
  }
};

/// requantize_s8 with a multiplier from -2^31 + 1 to 2^31 - 1.
MICRONETS_INLINE int8_t requantize_signed_s8(int32_t acc, int32_t multiplier, int32_t zero_point) {
#if !MICRONETS_WIDE_PRODUCT
  if (multiplier < 0) return requantize_s8(-acc, -multiplier, zero_point);
#endif
  return requantize_s8(acc, multiplier, zero_point);
}

/// Computes `count` neighbours. All squares are summed before the first code is written.
template <int32_t count, typename Input>
MICRONETS_INLINE void l2_norm_pixels_s8(const L2NormS8& p, const Input& from, int8_t* to) {
  const int32_t step = p.input.channel_stride();
  const int32_t span = p.output.channels * step;
  const int32_t zero = p.input_zero_point;
  // Copies: bytes that are stored might be the parameters, as far as the compiler knows.
  const int32_t output_zero = p.zero_point;
  const int32_t output_step = p.output.channel_stride();
  int32_t factors[static_cast<uint32_t>(count)] = {};
  for (int32_t c = 0; c != span; c += step) {
    for (int32_t i = 0; i < count; ++i) {
      const int32_t value = from[c + i] - zero;
      factors[i] += value * value;
    }
  }
  for (int32_t i = 0; i < count; ++i) factors[i] = inverse_root(factors[i], p.bits);
  const int32_t* multiplier = p.multiplier;
  for (int32_t c = 0; c != span; c += step) {
    const int32_t by = read(multiplier++);
    for (int32_t i = 0; i < count; ++i) {
      // A value is at most the length: no product exceeds 2^bits by much.
      to[i] = requantize_signed_s8((from[c + i] - zero) * factors[i], by, output_zero);
    }
    to += output_step;
  }
}

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_FAST_KERNEL void l2_norm_s8_row(const L2NormS8& p, const Rows<Input>& rows, int32_t y,
                                          int8_t* output) {
  const Input row = rows.at(y);
  int32_t x = 0;
#if !MICRONETS_SOFT_FLOAT
  // Four at a time share the loads of multipliers and the steps of the loops.
  if (p.input.is_planar()) {
    for (; x + 4 <= p.output.width; x += 4) l2_norm_pixels_s8<4>(p, row + x, output + x);
  }
#endif
  for (; x < p.output.width; ++x) {
    l2_norm_pixels_s8<1>(p, row + x * p.input.pixel_stride(), output + x);
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void l2_norm_s8(const L2NormS8& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    l2_norm_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_L2_NORM_S8_H_
