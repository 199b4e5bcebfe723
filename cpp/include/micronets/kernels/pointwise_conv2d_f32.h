// micronets/kernels/pointwise_conv2d_f32.h - 2-D convolution with a 1x1 window and stride 1.
#ifndef MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_
#define MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/pointwise_tile_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// `Filters` output channels of one row of planar floats, in tiles of 6 and 4 pixels. The last tile
/// moves back and computes some pixels again rather than being narrower.
template <int32_t Filters>
MICRONETS_INLINE void pointwise_filters_f32(const float* row, int32_t width, int32_t channels,
                                            const float* weights, const float* start,
                                            float* output) {
  int32_t x = 0;
  while (width >= 4 && x < width) {
    const int32_t left = width - x;
    if (Filters > 1 && width >= 6 && left >= 5 && left != 7 && left != 8) {
      x = min_i32(x, width - 6);
      PointwiseTile<6, Filters>::run(row + x, channels, width, weights, start, output + x, width);
      x += 6;
    } else {
      x = min_i32(x, width - 4);
      PointwiseTile<4, Filters>::run(row + x, channels, width, weights, start, output + x, width);
      x += 4;
    }
  }
  if (Filters == 4 && width == 3) {
    PointwiseTile<3, Filters>::run(row, channels, width, weights, start, output, width);
    x = 3;
  }
  for (; x < width; ++x) {
    PointwiseTile<1, Filters>::run(row + x, channels, width, weights, start, output + x, width);
  }
}

/// Rows `y` to `end` - 1 from planar floats.
inline MICRONETS_FAST_KERNEL void pointwise_tiled_f32(const Conv2D& p,
                                                      const Rows<const float*>& rows, int32_t y,
                                                      int32_t end, const float* weights,
                                                      const float* bias, float* output) {
  const int32_t width = p.output.width;
  const int32_t channels = p.input.channels;
  const int32_t outputs = p.output.channels;
  for (; y < end; ++y) {
    const float* const row = rows.at(y);
    const float* w = weights;
    float* to = output;
    float start[4] = {};
    for (int32_t channel = 0; channel < outputs;) {
      const int32_t left = outputs - channel;
      const int32_t filters = left >= 4 ? 4 : left >= 2 ? 2 : 1;
      if (bias != nullptr) {
        for (int32_t f = 0; f < filters; ++f) start[f] = read(bias + channel + f);
      }
      if (filters == 4) {
        pointwise_filters_f32<4>(row, width, channels, w, start, to);
      } else if (filters == 2) {
        pointwise_filters_f32<2>(row, width, channels, w, start, to);
      } else {
        pointwise_filters_f32<1>(row, width, channels, w, start, to);
      }
      channel += filters;
      w += filters * channels;
      to += filters * width;
    }
    activate_row_f32(p.activation, p.ceiling, output, outputs * width);
    output = to;
  }
}

/// Rows `y` to `end` - 1, value by value: small, and good for rows that are not planar floats.
template <typename Input>
MICRONETS_KERNEL void pointwise_values_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                           int32_t end, const float* weights, const float* bias,
                                           float* output) {
  for (; y < end; ++y) {
    const Input row = rows.at(y);
    const float* w = weights;
    int32_t filters = 4;
    for (int32_t channel = 0; channel < p.output.channels; channel += filters) {
      while (channel + filters > p.output.channels) filters >>= 1;
      for (int32_t f = 0; f < filters; ++f) {
        for (int32_t x = 0; x < p.output.width; ++x) {
          const Input pixel = row + x * p.input.pixel_stride();
          float sum = read_bias(bias, channel + f);
          for (int32_t c = 0; c < p.input.channels; ++c) {
            sum = multiply_add(pixel[c * p.input.channel_stride()], read(w + c * filters + f), sum);
          }
          *output++ = activate_f32(p.activation, sum, p.ceiling);
        }
      }
      w += filters * p.input.channels;
    }
  }
}

template <typename Input>
MICRONETS_INLINE void pointwise_rows_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                         int32_t end, const float* weights, const float* bias,
                                         float* output) {
  pointwise_values_f32(p, rows, y, end, weights, bias, output);
}

#if !MICRONETS_SOFT_FLOAT
/// Where `p` is a constant, only what it needs is linked.
MICRONETS_INLINE void pointwise_rows_f32(const Conv2D& p, const Rows<const float*>& rows, int32_t y,
                                         int32_t end, const float* weights, const float* bias,
                                         float* output) {
  if (p.input.pixel_stride() == 1) {
    pointwise_tiled_f32(p, rows, y, end, weights, bias, output);
  } else {
    pointwise_values_f32(p, rows, y, end, weights, bias, output);
  }
}
#endif

/// Computes output row `y` from input row `y`.
/// weights: blocks of 4 output channels, then one of 2 and one of 1 where the output channels are
/// no multiple of 4; each block is [input channel][output channel of the block].
/// bias: [output channel] or null.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_f32_row(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                               const float* weights, const float* bias,
                                               float* output) {
  pointwise_rows_f32(p, rows, y, y + 1, weights, bias, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_f32(const Conv2D& p, Input input, const float* weights,
                                           const float* bias, float* output) {
  pointwise_rows_f32(p, rows_of(p.input, input), 0, p.output.height, weights, bias, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_POINTWISE_CONV2D_F32_H_
