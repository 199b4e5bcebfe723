// micronets/kernels/pointwise_conv2d_f32.h - 2-D convolution with a 1x1 window and stride 1.
#ifndef MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_
#define MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y` from input row `y`.
/// weights: blocks of 4 output channels, each [input channel][4]; the last block is narrower where
/// the output channels are no multiple of 4. bias: [output channel] or null.
template <typename Input>
MICRONETS_KERNEL void pointwise_conv2d_f32_row(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                               const float* weights, const float* bias,
                                               float* output) {
  const Input row = rows.at(y);
  for (int32_t first = 0; first < p.output.channels; first += 4) {
    const int32_t filters = min_i32(4, p.output.channels - first);
    for (int32_t f = 0; f < filters; ++f) {
      for (int32_t x = 0; x < p.output.width; ++x) {
        const Input pixel = row + x * p.input.pixel_stride();
        float sum = read_bias(bias, first + f);
        for (int32_t c = 0; c < p.input.channels; ++c) {
          sum = multiply_add(pixel[c * p.input.channel_stride()], read(weights + c * filters + f),
                             sum);
        }
        *output++ = activate_f32(p.activation, sum, p.ceiling);
      }
    }
    weights += filters * p.input.channels;
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void pointwise_conv2d_f32(const Conv2D& p, Input input, const float* weights,
                                 const float* bias, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    pointwise_conv2d_f32_row(p, rows_of(p.input, input), y, weights, bias,
                             output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_
