// micronets/kernels/conv2d_3x3_f32.h - 2-D convolution with a 3x3 window and stride 1, 2 or 3.
#ifndef MICRONETS_KERNELS_CONV2D_3X3_F32_H_
#define MICRONETS_KERNELS_CONV2D_3X3_F32_H_

#include <stdint.h>

#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/conv3x3_tile_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Copies the columns that one tile reads of one channel, with zeros for those outside the map.
template <int32_t Columns, typename Input>
MICRONETS_INLINE void gather_columns_f32(const Shape& shape, const Input& row, int32_t channel,
                                         int32_t first_x, float* columns) {
  for (int32_t k = 0; k < Columns; ++k) {
    const int32_t x = first_x + k;
    columns[k] = x >= 0 && x < shape.width
                     ? row[x * shape.pixel_stride() + channel * shape.channel_stride()]
                     : 0.0F;
  }
}

/// Where a tile finds its rows: by copying them, whatever the input is.
template <int32_t Columns, typename Input>
MICRONETS_INLINE int32_t conv3x3_rows_f32(const Shape& shape, const Rows<Input>& rows, int32_t y,
                                          int32_t count, int32_t channel, int32_t first_x,
                                          float (*copy)[Columns], const float** pointers) {
  for (int32_t i = 0; i < count; ++i) {
    gather_columns_f32<Columns>(shape, rows.at(y + i), channel, first_x, copy[i]);
    pointers[i] = copy[i];
  }
  return 0;
}

/// Where a tile finds its rows: in the map itself, if that is planar and wide enough. The result is
/// the place of the first column.
template <int32_t Columns>
MICRONETS_INLINE int32_t conv3x3_rows_f32(const Shape& shape, const Rows<const float*>& rows,
                                          int32_t y, int32_t count, int32_t channel,
                                          int32_t first_x, float (*copy)[Columns],
                                          const float** pointers) {
  if (shape.pixel_stride() != 1 || first_x < 0 || first_x + Columns > shape.width) {
    return conv3x3_rows_f32<Columns, const float*>(shape, rows, y, count, channel, first_x, copy,
                                                   pointers);
  }
  for (int32_t i = 0; i < count; ++i) pointers[i] = rows.at(y + i);
  return channel * shape.channel_stride() + first_x;
}

/// `Filters` output channels of one row. The last tile moves back and computes some pixels again
/// rather than being narrower; a row of less than 4 pixels is computed aside.
template <int32_t Stride, int32_t Filters, typename Input>
MICRONETS_INLINE void conv3x3_filters_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                          const float* weights, const float* bias, float* output) {
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const int32_t skipped = max_i32(0, -first_row);
  const int32_t count = min_i32(3, p.input.height - first_row) - skipped;
  const int32_t width = p.output.width;
  const float* pointers[3];
  float copy[3][3 * Stride + 3];
  float start[Filters * 4];
  float aside[Filters * 4];
  for (int32_t i = 0; i < Filters * 4; ++i) start[i] = read_bias(bias, i / 4);
  for (int32_t x = 0; x < width; x += 4) {
    if (width >= 4) x = min_i32(x, width - 4);
    float* const to = width >= 4 ? output + x : aside;
    const int32_t next_filter = width >= 4 ? width : 4;
    const float* w = weights + skipped * Filters * 3;
    for (int32_t c = 0; c < p.input.channels; ++c) {
      const int32_t offset =
          conv3x3_rows_f32<3 * Stride + 3>(p.input, rows, first_row + skipped, count, c,
                                           x * Stride - p.padding.left, copy, pointers);
      Conv3x3Tile<Stride, Filters>::run(pointers, count, offset, w, c == 0 ? start : to,
                                        c == 0 ? 4 : next_filter, to, next_filter);
      w += Filters * 9;
    }
  }
  if (width >= 4) return;
  for (int32_t f = 0; f < Filters; ++f) {
    for (int32_t x = 0; x < width; ++x) output[f * width + x] = aside[f * 4 + x];
  }
}

/// Rows `y` to `end` - 1 of the output.
template <int32_t Stride, typename Input>
MICRONETS_FAST_KERNEL void conv3x3_stride_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                              int32_t end, const float* weights, const float* bias,
                                              float* output) {
  for (; y < end; ++y) {
    const float* w = weights;
    int32_t channel = 0;
    for (; channel + 3 <= p.output.channels; channel += 3) {
      conv3x3_filters_f32<Stride, 3>(p, rows, y, w, bias == nullptr ? bias : bias + channel,
                                     output + channel * p.output.width);
      w += 27 * p.input.channels;
    }
    for (; channel < p.output.channels; ++channel) {
      conv3x3_filters_f32<Stride, 1>(p, rows, y, w, bias == nullptr ? bias : bias + channel,
                                     output + channel * p.output.width);
      w += 9 * p.input.channels;
    }
    activate_row_f32(p.activation, p.ceiling, output, p.output.row_stride());
    output += p.output.row_stride();
  }
}

/// Rows `y` to `end` - 1, by the code for one stride: where `p` is a constant, only that is linked.
template <typename Input>
MICRONETS_INLINE void conv3x3_rows_between_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                               int32_t end, const float* weights, const float* bias,
                                               float* output) {
  if (p.window.stride_x == 1) conv3x3_stride_f32<1>(p, rows, y, end, weights, bias, output);
  if (p.window.stride_x == 2) conv3x3_stride_f32<2>(p, rows, y, end, weights, bias, output);
  if (p.window.stride_x == 3) conv3x3_stride_f32<3>(p, rows, y, end, weights, bias, output);
}

/// Computes output row `y`.
/// weights: blocks of 3 output channels, then single ones where the output channels are no multiple
/// of 3; each block is [input channel][window y][output channel of the block][window x].
/// bias: [output channel] or null. Positions outside the input count as zero.
template <typename Input>
MICRONETS_INLINE void conv2d_3x3_f32_row(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                         const float* weights, const float* bias, float* output) {
  conv3x3_rows_between_f32(p, rows, y, y + 1, weights, bias, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void conv2d_3x3_f32(const Conv2D& p, Input input, const float* weights,
                                     const float* bias, float* output) {
  conv3x3_rows_between_f32(p, rows_of(p.input, input), 0, p.output.height, weights, bias, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_3X3_F32_H_
