// micronets/kernels/affine_s8.h - each channel of int8 codes times its weight plus its bias.
#ifndef MICRONETS_KERNELS_AFFINE_S8_H_
#define MICRONETS_KERNELS_AFFINE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct ChannelAffineS8 {
  Shape input;
  Shape output;
  OutputRange range;
  const int8_t* weights;      // [channel]
  const int32_t* bias;        // [channel], with -zero point * weight
  const int32_t* multiplier;  // [channel]

  constexpr bool consistent() const {
    return same_size(input, output) && output.is_planar() && range.consistent();
  }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_KERNEL void affine_s8_row(const ChannelAffineS8& p, const Rows<Input>& rows, int32_t y,
                                    int8_t* output) {
  const OutputRange range = p.range;
  const int32_t step = p.input.pixel_stride();
  const int32_t span = p.output.width * step;
  for (int32_t c = 0; c < p.output.channels; ++c) {
    const Input values = rows.at(y) + c * p.input.channel_stride();
    const int8_t weight = read(p.weights + c);
    const int32_t start = read(p.bias + c);
    const int32_t factor = read(p.multiplier + c);
    for (int32_t i = 0; i != span; i += step) {
      *output++ = requantize_s8(start + values[i] * weight, factor, range);
    }
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void affine_s8(const ChannelAffineS8& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    affine_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_AFFINE_S8_H_
