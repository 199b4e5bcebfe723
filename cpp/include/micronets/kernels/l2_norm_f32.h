// micronets/kernels/l2_norm_f32.h - channels of each position divided by their length, times gamma.
#ifndef MICRONETS_KERNELS_L2_NORM_F32_H_
#define MICRONETS_KERNELS_L2_NORM_F32_H_

#include <math.h>
#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`; it may overwrite the input row where that is planar. Where all channels
/// are 0, so is the output.
/// gamma: [channel]
template <typename Input>
MICRONETS_KERNEL void l2_norm_f32_row(const Elementwise& p, const Rows<Input>& rows, int32_t y,
                                      const float* gamma, float* output) {
  const Input row = rows.at(y);
  const int32_t next = p.input.channel_stride();
  for (int32_t x = 0; x < p.output.width; ++x) {
    const Input values = row + x * p.input.pixel_stride();
    float squares = 0.0F;
    for (int32_t c = 0; c < p.output.channels; ++c) {
      const float value = values[c * next];
      squares = multiply_add(value, value, squares);
    }
    const float factor = squares > 0.0F ? 1.0F / (sqrtf(squares) + 1e-10F) : 0.0F;
    for (int32_t c = 0; c < p.output.channels; ++c) {
      output[c * p.output.width + x] = values[c * next] * factor * read(gamma + c);
    }
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void l2_norm_f32(const Elementwise& p, Input input, const float* gamma, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    l2_norm_f32_row(p, rows_of(p.input, input), y, gamma, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_L2_NORM_F32_H_
