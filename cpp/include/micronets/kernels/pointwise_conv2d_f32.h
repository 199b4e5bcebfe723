// micronets/kernels/pointwise_conv2d_f32.h - 2-D convolution with a 1x1 window and stride 1.
#ifndef MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_
#define MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/pointwise_tile_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// `Filters` output channels of one row, value by value: for rows that are not planar floats.
template <int32_t Filters, typename Input>
MICRONETS_INLINE void pointwise_values_f32(const Conv2D& p, const Input& row, const float* weights,
                                           const float* start, float* output) {
  for (int32_t f = 0; f < Filters; ++f) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      float sum = start[f];
      for (int32_t c = 0; c < p.input.channels; ++c) {
        sum = multiply_add(row[x * p.input.pixel_stride() + c * p.input.channel_stride()],
                           read(weights + c * Filters + f), sum);
      }
      *output++ = sum;
    }
  }
}

template <int32_t Filters, typename Input>
MICRONETS_INLINE void pointwise_filters_f32(const Conv2D& p, const Input& row, const float* weights,
                                            const float* start, float* output) {
  pointwise_values_f32<Filters>(p, row, weights, start, output);
}

/// `Filters` output channels of one row, in tiles of 6 and 4 pixels. The last tile moves back and
/// computes some pixels again rather than being narrower.
template <int32_t Filters>
MICRONETS_INLINE void pointwise_filters_f32(const Conv2D& p, const float* row, const float* weights,
                                            const float* start, float* output) {
  if (p.input.pixel_stride() != 1) {
    pointwise_values_f32<Filters>(p, row, weights, start, output);
    return;
  }
  const int32_t width = p.output.width;
  const int32_t channels = p.input.channels;
  int32_t x = 0;
#if !MICRONETS_SOFT_FLOAT
  while (width >= 4 && x < width) {
    const int32_t left = width - x;
    if (width >= 6 && left >= 5 && left != 7 && left != 8) {
      x = min_i32(x, width - 6);
      PointwiseTile<6, Filters>::run(row + x, channels, width, weights, start, output + x, width);
      x += 6;
    } else {
      x = min_i32(x, width - 4);
      PointwiseTile<4, Filters>::run(row + x, channels, width, weights, start, output + x, width);
      x += 4;
    }
  }
  if (width == 3) {
    PointwiseTile<3, Filters>::run(row, channels, width, weights, start, output, width);
    x = 3;
  }
#endif
  for (; x < width; ++x) {
    PointwiseTile<1, Filters>::run(row + x, channels, width, weights, start, output + x, width);
  }
}

/// Computes output row `y` from input row `y`.
/// weights: blocks of 4 output channels, then one of 2 and one of 1 where the output channels are
/// no multiple of 4; each block is [input channel][output channel of the block].
/// bias: [output channel] or null.
template <typename Input>
MICRONETS_FAST_KERNEL void pointwise_conv2d_f32_row(const Conv2D& p, const Rows<Input>& rows,
                                                    int32_t y, const float* weights,
                                                    const float* bias, float* output) {
  const Input row = rows.at(y);
  float start[4];
  int32_t filters = 4;
  for (int32_t channel = 0; channel < p.output.channels; channel += filters) {
    while (channel + filters > p.output.channels) filters >>= 1;
    for (int32_t f = 0; f < filters; ++f) start[f] = read_bias(bias, channel + f);
    float* const to = output + channel * p.output.width;
    if (filters == 4) {
      pointwise_filters_f32<4>(p, row, weights, start, to);
    } else if (filters == 2) {
      pointwise_filters_f32<2>(p, row, weights, start, to);
    } else {
      pointwise_filters_f32<1>(p, row, weights, start, to);
    }
    weights += filters * p.input.channels;
  }
  activate_row_f32(p.activation, p.ceiling, output, p.output.row_stride());
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
