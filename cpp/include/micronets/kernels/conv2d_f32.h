// micronets/kernels/conv2d_f32.h - 2-D convolution, any window, stride and padding.
#ifndef MICRONETS_KERNELS_CONV2D_F32_H_
#define MICRONETS_KERNELS_CONV2D_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
/// weights: [output channel][window y][window x][input channel]; bias: [output channel] or null
/// Positions outside the input are skipped: they count as zero.
template <typename Input>
MICRONETS_KERNEL void conv2d_f32_row(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                     const float* weights, const float* bias, float* output) {
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const int32_t y_begin = max_i32(0, -first_row);
  const int32_t y_end = min_i32(p.window.height, p.input.height - first_row);
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t first_x = x * p.window.stride_x - p.padding.left;
      const int32_t x_begin = max_i32(0, -first_x);
      const int32_t x_end = min_i32(p.window.width, p.input.width - first_x);
      float sum = read_bias(bias, channel);
      for (int32_t wy = y_begin; wy < y_end; ++wy) {
        const Input row = rows.at(first_row + wy);
        for (int32_t wx = x_begin; wx < x_end; ++wx) {
          const Input pixel = row + (first_x + wx) * p.input.pixel_stride();
          const float* w = weights + (wy * p.window.width + wx) * p.input.channels;
          for (int32_t c = 0; c < p.input.channels; ++c) {
            sum = multiply_add(pixel[c * p.input.channel_stride()], read(w + c), sum);
          }
        }
      }
      *output++ = activate_f32(p.activation, sum, p.ceiling);
    }
    weights += p.window.height * p.window.width * p.input.channels;
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void conv2d_f32(const Conv2D& p, Input input, const float* weights, const float* bias,
                       float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    conv2d_f32_row(p, rows_of(p.input, input), y, weights, bias,
                   output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_F32_H_
