// micronets/kernels/depthwise_conv2d_3x3_f32.h - depthwise 3x3 convolution, stride 1 or 2.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_

#include <stdint.h>

#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/depthwise_tile_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The three rows of a window: where they start, and which of them lie inside the map. A row
/// outside stands for its neighbour and gets zero weights, so that every tile is computed in the
/// same way.
template <typename Input>
struct ThreeRows {
  Input row[3];
  bool inside[3];
};

template <typename Input>
MICRONETS_INLINE ThreeRows<Input> three_rows(const Rows<Input>& rows, int32_t first,
                                             int32_t height) {
  const int32_t y0 = min_i32(max_i32(first, 0), height - 1);
  const int32_t y1 = min_i32(max_i32(first + 1, 0), height - 1);
  const int32_t y2 = min_i32(max_i32(first + 2, 0), height - 1);
  return ThreeRows<Input>{{rows.at(y0), rows.at(y1), rows.at(y2)},
                          {y0 == first, y1 == first + 1, y2 == first + 2}};
}

/// One channel of one row by copying each tile's columns first: for rows narrower than a tile, and
/// for the caller's image.
template <int32_t Stride, int32_t Pixels, typename Input>
MICRONETS_INLINE void depthwise_gathered_f32(const DepthwiseConv2D& p, const ThreeRows<Input>& rows,
                                             int32_t plane, const float* weights, float bias,
                                             float* output) {
  const int32_t columns = (Pixels - 1) * Stride + 3;
  float copy[3][columns];
  float result[Pixels];
  for (int32_t x = 0; x < p.output.width; x += Pixels) {
    const int32_t first_x = x * Stride - p.padding.left;
    for (int32_t wy = 0; wy < 3; ++wy) {
      for (int32_t k = 0; k < columns; ++k) {
        const bool inside = first_x + k >= 0 && first_x + k < p.input.width;
        copy[wy][k] = inside ? rows.row[wy][plane + (first_x + k) * p.input.pixel_stride()] : 0.0F;
      }
    }
    DepthwiseTile<Stride, Pixels>::run(copy[0], copy[1], copy[2], edge_none, weights, bias, result);
    for (int32_t i = 0; i < Pixels && x + i < p.output.width; ++i) output[x + i] = result[i];
  }
}

/// One channel of one row.
template <int32_t Stride, int32_t Pixels, typename Input>
MICRONETS_INLINE void depthwise_channel_f32(const DepthwiseConv2D& p, const ThreeRows<Input>& rows,
                                            int32_t plane, const float* weights, float bias,
                                            float* output) {
  depthwise_gathered_f32<Stride, Pixels>(p, rows, plane, weights, bias, output);
}

/// One channel of one row of planar floats. The last tile moves back and computes some pixels again
/// rather than being narrower.
template <int32_t Stride, int32_t Pixels>
MICRONETS_INLINE void depthwise_channel_f32(const DepthwiseConv2D& p,
                                            const ThreeRows<const float*>& rows, int32_t plane,
                                            const float* weights, float bias, float* output) {
  if (p.input.pixel_stride() != 1 || p.output.width < Pixels) {
    depthwise_gathered_f32<Stride, Pixels>(p, rows, plane, weights, bias, output);
    return;
  }
  const int32_t columns = (Pixels - 1) * Stride + 3;
  for (int32_t x = 0; x < p.output.width; x += Pixels) {
    x = min_i32(x, p.output.width - Pixels);
    int32_t first_x = x * Stride - p.padding.left;
    int32_t edges = first_x + columns > p.input.width ? edge_any | edge_right : edge_none;
    if (first_x < 0) {
      first_x = 0;
      edges |= edge_any | edge_left;
    }
    const int32_t offset = plane + first_x;
    DepthwiseTile<Stride, Pixels>::run(rows.row[0] + offset, rows.row[1] + offset,
                                       rows.row[2] + offset, edges, weights, bias, output + x);
  }
}

template <int32_t Stride, int32_t Pixels, typename Input>
MICRONETS_INLINE void depthwise_row_f32(const DepthwiseConv2D& p, const Rows<Input>& rows,
                                        int32_t y, const float* weights, const float* bias,
                                        float* output) {
  const ThreeRows<Input> three =
      three_rows(rows, y * p.window.stride_y - p.padding.top, p.input.height);
  const bool all_inside = three.inside[0] && three.inside[1] && three.inside[2];
  for (int32_t c = 0; c < p.output.channels; ++c) {
    const float* w = weights + c * 9;
    float masked[9];
    if (!all_inside || MICRONETS_HARVARD) {
      for (int32_t i = 0; i < 9; ++i) masked[i] = three.inside[i / 3] ? read(w + i) : 0.0F;
      w = masked;
    }
    depthwise_channel_f32<Stride, Pixels>(p, three, c * p.input.channel_stride(), w,
                                          read_bias(bias, c), output + c * p.output.width);
  }
}

/// Computes output row `y`; one output channel per input channel, stride_x 1 or 2, padding at
/// most 1. weights: [channel][window y][window x]; bias: [channel] or null Positions outside the
/// input count as zero.
template <typename Input>
MICRONETS_FAST_KERNEL void depthwise_conv2d_3x3_f32_row(const DepthwiseConv2D& p,
                                                        const Rows<Input>& rows, int32_t y,
                                                        const float* weights, const float* bias,
                                                        float* output) {
  if (p.window.stride_x == 1) {
    depthwise_row_f32<1, 6>(p, rows, y, weights, bias, output);
  } else {
    depthwise_row_f32<2, 4>(p, rows, y, weights, bias, output);
  }
  activate_row_f32(p.activation, p.ceiling, output, p.output.row_stride());
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void depthwise_conv2d_3x3_f32(const DepthwiseConv2D& p, Input input, const float* weights,
                                     const float* bias, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    depthwise_conv2d_3x3_f32_row(p, rows_of(p.input, input), y, weights, bias,
                                 output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
