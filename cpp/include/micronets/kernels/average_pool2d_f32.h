// micronets/kernels/average_pool2d_f32.h - mean of each window.
#ifndef MICRONETS_FAST_KERNELS_AVERAGE_POOL2D_F32_H_
#define MICRONETS_FAST_KERNELS_AVERAGE_POOL2D_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`. Positions outside the input are ignored:
/// the mean is over the positions inside.
template <typename Input>
MICRONETS_FAST_KERNEL void average_pool2d_f32_row(const Pool2D& p, const Rows<Input>& rows,
                                                  int32_t y, float* output) {
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const int32_t y_begin = max_i32(0, -first_row);
  const int32_t y_end = min_i32(p.window.height, p.input.height - first_row);
  const int32_t step = p.input.pixel_stride();
  for (int32_t c = 0; c < p.output.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t first_x = x * p.window.stride_x - p.padding.left;
      const int32_t x_begin = max_i32(0, first_x);
      const int32_t x_end = min_i32(first_x + p.window.width, p.input.width);
      const int32_t corner = c * p.input.channel_stride() + x_begin * step;
      const int32_t span = (x_end - x_begin) * step;
      float sum = 0.0F;
      for (int32_t wy = y_begin; wy < y_end; ++wy) {
        const Input row = rows.at(first_row + wy) + corner;
        for (int32_t i = 0; i != span; i += step) sum += row[i];
      }
      *output++ = sum / static_cast<float>((y_end - y_begin) * (x_end - x_begin));
    }
  }
}

/// Takes input row `y` into output row y / window height, which holds the sums until the last row
/// of the windows has come, for windows that do not meet and lie inside the map.
template <typename Input>
MICRONETS_FAST_KERNEL void average_pool2d_f32_fold(const Pool2D& p, const Rows<Input>& rows,
                                                   int32_t y, float* output) {
  const int32_t inside = y % p.window.height;
  const bool is_last = inside + 1 == p.window.height;
  const int32_t step = p.input.pixel_stride();
  const int32_t span = p.window.width * step;
  for (int32_t c = 0; c < p.output.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const Input row = rows.at(y) + (c * p.input.channel_stride() + x * p.window.stride_x * step);
      float sum = inside == 0 ? 0.0F : *output;
      for (int32_t i = 0; i != span; i += step) sum += row[i];
      const int32_t count = int32_t{p.window.height} * p.window.width;
      *output++ = is_last ? sum / static_cast<float>(count) : sum;
    }
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void average_pool2d_f32(const Pool2D& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    average_pool2d_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_FAST_KERNELS_AVERAGE_POOL2D_F32_H_
