// micronets/kernels/softmax_f32.h - exponentials over the channels of each position, summing to 1.
#ifndef MICRONETS_KERNELS_SOFTMAX_F32_H_
#define MICRONETS_KERNELS_SOFTMAX_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/exp_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`; it may overwrite the input row where that is planar. The largest value
/// is subtracted first, so that no exponential overflows.
template <typename Input>
MICRONETS_KERNEL void softmax_f32_row(const Elementwise& p, const Rows<Input>& rows, int32_t y,
                                      float* output) {
  const Input row = rows.at(y);
  const int32_t next = p.input.channel_stride();
  for (int32_t x = 0; x < p.output.width; ++x) {
    const Input values = row + x * p.input.pixel_stride();
    float most = values[0];
    for (int32_t c = 1; c < p.output.channels; ++c) {
      const float value = values[c * next];
      most = value > most ? value : most;
    }
    float sum = 0.0F;
    for (int32_t c = 0; c < p.output.channels; ++c) {
      const float power = exp_of_negative(values[c * next] - most);
      output[c * p.output.width + x] = power;
      sum += power;
    }
    for (int32_t c = 0; c < p.output.channels; ++c) {
      output[c * p.output.width + x] /= sum;
    }
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void softmax_f32(const Elementwise& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    softmax_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_SOFTMAX_F32_H_
