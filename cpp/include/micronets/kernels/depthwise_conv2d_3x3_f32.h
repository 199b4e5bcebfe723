// micronets/kernels/depthwise_conv2d_3x3_f32.h - depthwise 3x3 convolution, stride 1 or 2.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_

#include <stdint.h>

#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/depthwise_tiles_f32.h"
#include "micronets/core/depthwise_tiles_stride1_f32.h"
#include "micronets/core/depthwise_tiles_stride2_f32.h"
#include "micronets/core/types.h"
#include "micronets/kernels/depthwise_conv2d_f32.h"

namespace micronets {
inline namespace v1 {

/// Rows `y` to `end` - 1 of the output from planar floats, in tiles of `Pixels` (at most the
/// width). The last tile moves back and computes some pixels again rather than being narrower.
template <int32_t Stride, int32_t Pixels>
MICRONETS_FAST_KERNEL void depthwise3x3_tiled_f32(const DepthwiseConv2D& p,
                                                  const Rows<const float*>& rows, int32_t y,
                                                  int32_t end, const float* weights,
                                                  const float* bias, float* output) {
  const int32_t width = p.output.width;
  const int32_t input_width = p.input.width;
  const int32_t channels = p.output.channels;
  const int32_t left = p.padding.left == 0 ? outside_none : outside_any | outside_before;
  const int32_t right = (width - 1) * Stride - p.padding.left + 3 <= p.input.width
                            ? outside_none
                            : outside_any | outside_after;
  for (; y < end; ++y) {
    const int32_t top = y * p.window.stride_y - p.padding.top;
    int32_t missing = outside_none;
    if (top < 0) missing |= outside_any | outside_before;
    if (top + 3 > p.input.height) missing |= outside_any | outside_after;
    const float* row0 = rows.at(max_i32(top, 0)) - p.padding.left;
    const float* row1 = rows.at(top + 1) - p.padding.left;
    const float* row2 = rows.at(min_i32(top + 2, p.input.height - 1)) - p.padding.left;
    for (int32_t c = 0; c < channels; ++c) {
      int32_t x = 0;
      int32_t count = width / Pixels;
      while (count != 0) {
        const float* const window[3] = {row0 + x * Stride, row1 + x * Stride, row2 + x * Stride};
        const int32_t done = x + count * Pixels;
        DepthwiseTiles<Stride, Pixels>::run(window, count, x == 0 ? left : outside_none,
                                            done == width ? right : outside_none, missing,
                                            weights + c * 9, read_bias(bias, c), output + x);
        count = done == width ? 0 : 1;
        x = width - Pixels;
      }
      row0 += input_width;
      row1 += input_width;
      row2 += input_width;
      output += width;
    }
    activate_row_f32(p.activation, p.ceiling, output - p.output.row_stride(),
                     p.output.row_stride());
  }
}

/// Rows that are not planar floats.
template <typename Input>
MICRONETS_INLINE void depthwise3x3_rows_f32(const DepthwiseConv2D& p, const Rows<Input>& rows,
                                            int32_t y, int32_t end, const float* weights,
                                            const float* bias, float* output) {
  for (; y < end; ++y) {
    depthwise_conv2d_f32_row(p, rows, y, weights, bias, output);
    output += p.output.row_stride();
  }
}

#if !MICRONETS_SOFT_FLOAT
/// Rows `y` to `end` - 1, by the code for their stride and width: where `p` is a constant, only
/// that is linked.
MICRONETS_INLINE void depthwise3x3_rows_f32(const DepthwiseConv2D& p,
                                            const Rows<const float*>& rows, int32_t y, int32_t end,
                                            const float* weights, const float* bias,
                                            float* output) {
  const bool tiled = p.input.pixel_stride() == 1 && p.output.width >= 3;
  if (tiled && p.window.stride_x == 1 && p.output.width >= 6) {
    depthwise3x3_tiled_f32<1, 6>(p, rows, y, end, weights, bias, output);
  } else if (tiled && p.window.stride_x == 1) {
    depthwise3x3_tiled_f32<1, 3>(p, rows, y, end, weights, bias, output);
  } else if (tiled && p.window.stride_x == 2 && p.output.width >= 4) {
    depthwise3x3_tiled_f32<2, 4>(p, rows, y, end, weights, bias, output);
  } else if (tiled && p.window.stride_x == 2) {
    depthwise3x3_tiled_f32<2, 3>(p, rows, y, end, weights, bias, output);
  } else {
    depthwise3x3_rows_f32<const float*>(p, rows, y, end, weights, bias, output);
  }
}
#endif

/// Computes output row `y`; one output channel per input channel, padding at most 1 on any side.
/// weights: [channel][window y][window x]; bias: [channel] or null
/// Positions outside the input count as zero.
template <typename Input>
MICRONETS_INLINE void depthwise_conv2d_3x3_f32_row(const DepthwiseConv2D& p,
                                                   const Rows<Input>& rows, int32_t y,
                                                   const float* weights, const float* bias,
                                                   float* output) {
  depthwise3x3_rows_f32(p, rows, y, y + 1, weights, bias, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void depthwise_conv2d_3x3_f32(const DepthwiseConv2D& p, Input input,
                                               const float* weights, const float* bias,
                                               float* output) {
  depthwise3x3_rows_f32(p, rows_of(p.input, input), 0, p.output.height, weights, bias, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
