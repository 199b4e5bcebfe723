// micronets/kernels/conv2d_3x3_f32.h - 2-D convolution with a 3x3 window.
#ifndef MICRONETS_KERNELS_CONV2D_3X3_F32_H_
#define MICRONETS_KERNELS_CONV2D_3X3_F32_H_

#include <stdint.h>

#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/conv3x3_segments_f32.h"
#include "micronets/core/conv3x3_tile_f32.h"
#include "micronets/core/conv3x3_values_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Copies the `columns` columns from `first_x` on of `count` rows, with zeros for those outside the
/// map: what a tile at an edge reads.
inline MICRONETS_KERNEL void gather_columns_f32(const float* const* rows, int32_t count,
                                                int32_t width, int32_t first_x, int32_t columns,
                                                float* copy) {
  for (int32_t i = 0; i < count; ++i) {
    for (int32_t x = first_x; x < first_x + columns; ++x) {
      *copy++ = x >= 0 && x < width ? rows[i][x] : 0.0F;
    }
  }
}

/// `Filters` output channels of rows `y` to `end` - 1 from planar floats; `output` is the first of
/// these channels. A tile at an edge reads a copy of its columns. The last tile moves back and
/// computes some pixels again, aside where sums go on over several input channels.
template <int32_t Stride, int32_t Filters>
MICRONETS_FAST_KERNEL void conv3x3_filters_f32(const Conv2D& p, const Rows<const float*>& rows,
                                               int32_t y, int32_t end, const float* weights,
                                               const float* bias, float* output) {
  const int32_t columns = 3 * Stride + 3;
  const int32_t width = p.output.width;
  const int32_t channels = p.input.channels;
  const int32_t last = max_i32(0, width - 4);
  const bool apart = width < 4 || (width % 4 != 0 && channels > 1);  // the last tile
  const int32_t left = p.padding.left;
  const uint32_t inside = static_cast<uint32_t>(max_i32(0, p.input.width - columns + 1));
  float copy[3 * static_cast<uint32_t>(columns)];
  float start[4 * static_cast<uint32_t>(Filters)];
  float aside[4 * static_cast<uint32_t>(Filters)];
  for (int32_t i = 0; i < 4 * Filters; ++i) start[i] = read_bias(bias, i / 4);
  for (; y < end; ++y) {
    const int32_t top = y * p.window.stride_y - p.padding.top;
    const int32_t skipped = max_i32(0, -top);
    const int32_t count = max_i32(0, min_i32(3, p.input.height - top) - skipped);
    const float* w = weights + skipped * Filters * 3;
    for (int32_t c = 0; c < channels; ++c) {
      const float* row[3];
      const float* copied[3];
      for (int32_t i = 0; i < count; ++i) {
        row[i] = rows.at(top + skipped + i) + c * p.input.width;
        copied[i] = copy + i * columns;
      }
      for (int32_t x = 0; x < width; x += 4) {
        x = min_i32(x, last);
        const bool to_aside = apart && x == last;
        float* const to = to_aside ? aside : output + x;
        const int32_t next_to = to_aside ? 4 : width;
        const int32_t first_x = x * Stride - left;
        const float* const from = c == 0 ? start : to;
        const int32_t next_from = c == 0 ? 4 : next_to;
        if (static_cast<uint32_t>(first_x) < inside) {
          Conv3x3Tile<Stride, Filters>::run(row, count, first_x, w, from, next_from, to, next_to);
        } else {
          gather_columns_f32(row, count, p.input.width, first_x, columns, copy);
          Conv3x3Tile<Stride, Filters>::run(copied, count, 0, w, from, next_from, to, next_to);
        }
      }
      w += Filters * 9;
    }
    for (int32_t f = 0; apart && f < Filters; ++f) {
      for (int32_t x = last; x < width; ++x) output[f * width + x] = aside[f * 4 + x - last];
    }
    activate_row_f32(p.activation, p.ceiling, output, Filters * width);
    output += p.output.row_stride();
  }
}

template <int32_t Stride>
MICRONETS_INLINE void conv3x3_channels_f32(const Conv2D& p, const Rows<const float*>& rows,
                                           int32_t y, int32_t end, const float* weights,
                                           const float* bias, float* output) {
  const int32_t blocks = p.output.channels / 3;
  for (int32_t block = 0; block < blocks; ++block) {
    conv3x3_filters_f32<Stride, 3>(p, rows, y, end, weights, bias, output);
    weights += 27 * p.input.channels;
    bias = bias == nullptr ? bias : bias + 3;
    output += 3 * p.output.width;
  }
  for (int32_t channel = blocks * 3; channel < p.output.channels; ++channel) {
    conv3x3_filters_f32<Stride, 1>(p, rows, y, end, weights, bias, output);
    weights += 9 * p.input.channels;
    bias = bias == nullptr ? bias : bias + 1;
    output += p.output.width;
  }
}

template <int32_t Stride, typename Input>
MICRONETS_INLINE void conv3x3_copied_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                         int32_t end, const float* weights, const float* bias,
                                         float* output) {
  if (p.output.channels % 3 == 0) {
    conv3x3_segments_f32<Stride, false>(p, rows, y, end, weights, bias, output);
  } else {
    conv3x3_segments_f32<Stride, true>(p, rows, y, end, weights, bias, output);
  }
}

/// Rows `y` to `end` - 1 by the code for their stride: where `p` is a constant, only what it needs
/// is linked.
template <typename Input>
MICRONETS_INLINE void conv3x3_rows_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                       int32_t end, const float* weights, const float* bias,
                                       float* output) {
#if MICRONETS_SOFT_FLOAT
  conv3x3_values_f32(p, rows, y, end, weights, bias, output);
#else
  if (p.window.stride_x == 1) {
    conv3x3_copied_f32<1>(p, rows, y, end, weights, bias, output);
  } else if (p.window.stride_x == 2) {
    conv3x3_copied_f32<2>(p, rows, y, end, weights, bias, output);
  } else if (p.window.stride_x == 3) {
    conv3x3_copied_f32<3>(p, rows, y, end, weights, bias, output);
  } else {
    conv3x3_values_f32(p, rows, y, end, weights, bias, output);
  }
#endif
}

#if !MICRONETS_SOFT_FLOAT
MICRONETS_INLINE void conv3x3_rows_f32(const Conv2D& p, const Rows<const float*>& rows, int32_t y,
                                       int32_t end, const float* weights, const float* bias,
                                       float* output) {
  const bool direct = p.input.pixel_stride() == 1;
  if (direct && p.window.stride_x == 1) {
    conv3x3_channels_f32<1>(p, rows, y, end, weights, bias, output);
  } else if (direct && p.window.stride_x == 2) {
    conv3x3_channels_f32<2>(p, rows, y, end, weights, bias, output);
  } else if (direct && p.window.stride_x == 3) {
    conv3x3_channels_f32<3>(p, rows, y, end, weights, bias, output);
  } else {
    conv3x3_rows_f32<const float*>(p, rows, y, end, weights, bias, output);
  }
}
#endif

/// Computes output row `y`.
/// weights: blocks of 3 output channels, then single ones where the output channels are no multiple
/// of 3; each block is [input channel][window y][output channel of the block][window x].
/// bias: [output channel] or null. Positions outside the input count as zero.
template <typename Input>
MICRONETS_INLINE void conv2d_3x3_f32_row(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                         const float* weights, const float* bias, float* output) {
  conv3x3_rows_f32(p, rows, y, y + 1, weights, bias, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void conv2d_3x3_f32(const Conv2D& p, Input input, const float* weights,
                                     const float* bias, float* output) {
  conv3x3_rows_f32(p, rows_of(p.input, input), 0, p.output.height, weights, bias, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_3X3_F32_H_
