// micronets/kernels/depthwise_conv2d_s8.h - one filter per output channel on int8 codes, any window
// and multiplier.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
/// weights: [output channel][window y][window x]; bias, multiplier: [output channel]
/// The bias holds -zero point * sum of weights; positions outside the input count as zero point.
template <typename Input>
MICRONETS_FAST_KERNEL void depthwise_conv2d_s8_row(const DepthwiseConv2DS8& p,
                                                   const Rows<Input>& rows, int32_t y,
                                                   const int8_t* weights, const int32_t* bias,
                                                   const int32_t* multiplier, int8_t* output) {
  const OutputRange range = p.range;
  const int32_t step = p.input.pixel_stride();
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  const int32_t filters = p.multiplier();
  int32_t plane = 0;
  int32_t left = filters;  // output channels that still read this plane
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    const int32_t start = read(bias++);
    const int32_t factor = read(multiplier++);
    int32_t first_x = -p.padding.left;
    for (int32_t x = 0; x < p.output.width; ++x) {
      const Span inside_x = inside_map(first_x, p.window.width, p.input.width);
      int32_t sum =
          start + padding_s8(p.window, 1, inside_y, inside_x, weights, p.input_zero_point);
      const int32_t corner = plane + (first_x + inside_x.begin) * step;
      const int8_t* w = weights + inside_y.begin * p.window.width + inside_x.begin;
      for (int32_t wy = inside_y.begin; wy < inside_y.end; ++wy) {
        sum = dot_s8(rows.at(first_row + wy) + corner, step, w, inside_x.count(), sum);
        w += p.window.width;
      }
      *output++ = requantize_s8(sum, factor, range);
      first_x += p.window.stride_x;
    }
    weights += p.window.height * p.window.width;
    if (--left == 0) {
      left = filters;
      plane += p.input.channel_stride();
    }
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void depthwise_conv2d_s8(const DepthwiseConv2DS8& p, Input input, const int8_t* weights,
                                const int32_t* bias, const int32_t* multiplier, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    depthwise_conv2d_s8_row(p, rows_of(p.input, input), y, weights, bias, multiplier,
                            output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
