// micronets/kernels/softmax_s8.h - exponentials over the channels of each position, summing to 1,
// by a table.
#ifndef MICRONETS_KERNELS_SOFTMAX_S8_H_
#define MICRONETS_KERNELS_SOFTMAX_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct SoftmaxS8 {
  Shape input;
  Shape output;
  const uint16_t* powers;  // 32, see `power_s8`

  constexpr bool consistent() const {
    // As many powers as a uint32 can sum.
    return same_size(input, output) && output.is_planar() && output.channels <= 32767;
  }
};

/// 65535 * exp(-input scale * distance), by two factors: `powers` holds those of the distances
/// 0, 16, ... 240, then those of 0 to 15. Distances are below 256.
inline MICRONETS_KERNEL uint32_t power_s8(const uint16_t* powers, int32_t distance) {
  const uint32_t coarse = read(powers + distance / 16);
  const uint32_t fine = read(powers + 16 + distance % 16);
  return (coarse * fine + 0x8000U) >> 16;
}

/// Computes one row; it may overwrite the input row where that is planar. Probability
/// n / 256 is code n - 128, rounded to the nearest; 1 is 127.
template <typename Input>
MICRONETS_KERNEL void softmax_values_s8(const SoftmaxS8& p, Input row, int8_t* output) {
  const int32_t step = p.input.channel_stride();
  const int32_t span = p.output.channels * step;
  int32_t x = 0;
  do {
    const Input values = row + x * p.input.pixel_stride();
    int32_t most = -128;
    int32_t i = 0;
    do {
      most = max_i32(most, values[i]);
      i += step;
    } while (i != span);
    uint32_t total = 0;
    i = 0;
    do {
      total += power_s8(p.powers, most - values[i]);
      i += step;
    } while (i != span);
    int8_t* to = output + x;
    i = 0;
    do {
      const uint32_t power = power_s8(p.powers, most - values[i]);
      const uint32_t share = (power * 256 + total / 2) / total;
      *to = static_cast<int8_t>(min_i32(static_cast<int32_t>(share) - 128, 127));
      to += p.output.channel_stride();
      i += step;
    } while (i != span);
  } while (++x != p.output.width);
}

/// Computes output row `y`.
template <typename Input>
MICRONETS_INLINE void softmax_s8_row(const SoftmaxS8& p, const Rows<Input>& rows, int32_t y,
                                     int8_t* output) {
  softmax_values_s8(p, rows.at(y), output);
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void softmax_s8(const SoftmaxS8& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    softmax_values_s8(p, input + y * p.input.row_stride(), output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_SOFTMAX_S8_H_
