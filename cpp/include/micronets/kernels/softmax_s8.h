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

/// `powers` is how many entries the table of exponentials has: codes further below the largest one
/// count as 0.
struct SoftmaxS8 {
  Shape input;
  Shape output;
  int32_t powers;

  constexpr bool consistent() const {
    return same_size(input, output) && output.layout == Layout::planar && powers >= 1 &&
           powers <= 256 && output.channels <= 65535;  // as many powers as a uint32 can sum
  }
};

MICRONETS_INLINE uint32_t power_s8(const uint16_t* powers, int32_t count, int32_t distance) {
  return distance < count ? read(powers + distance) : 0U;
}

/// Computes output row `y`; it may overwrite the input row where that is planar. Probability
/// n / 256 is code n - 128, rounded to the nearest; 1 is 127.
/// powers: round(65535 * exp(-input scale * distance)) for distances below the largest code
template <typename Input>
MICRONETS_KERNEL void softmax_s8_row(const SoftmaxS8& p, const Rows<Input>& rows, int32_t y,
                                     const uint16_t* powers, int8_t* output) {
  const int32_t step = p.input.channel_stride();
  const int32_t span = p.output.channels * step;
  for (int32_t x = 0; x < p.output.width; ++x) {
    const Input values = rows.at(y) + x * p.input.pixel_stride();
    int32_t most = -128;
    for (int32_t i = 0; i != span; i += step) most = values[i] > most ? values[i] : most;
    uint32_t total = 0;
    for (int32_t i = 0; i != span; i += step) {
      total += power_s8(powers, p.powers, most - values[i]);
    }
    int8_t* to = output + x;
    for (int32_t i = 0; i != span; i += step) {
      const uint32_t power = power_s8(powers, p.powers, most - values[i]);
      const uint32_t share = (power * 256 + total / 2) / total;
      *to = static_cast<int8_t>(min_i32(static_cast<int32_t>(share) - 128, 127));
      to += p.output.width;
    }
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void softmax_s8(const SoftmaxS8& p, Input input, const uint16_t* powers, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    softmax_s8_row(p, rows_of(p.input, input), y, powers, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_SOFTMAX_S8_H_
