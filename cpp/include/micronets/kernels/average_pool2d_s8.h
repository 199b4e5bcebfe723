// micronets/kernels/average_pool2d_s8.h - mean code of each window.
#ifndef MICRONETS_KERNELS_AVERAGE_POOL2D_S8_H_
#define MICRONETS_KERNELS_AVERAGE_POOL2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`. Positions outside the input are ignored:
/// the mean is over the positions inside, halves rounded up.
template <typename Input>
MICRONETS_FAST_KERNEL void average_pool2d_s8_row(const Pool2D& p, const Rows<Input>& rows,
                                                 int32_t y, int8_t* output) {
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const int32_t y_begin = max_i32(0, -first_row);
  const int32_t y_end = min_i32(p.window.height, p.input.height - first_row);
  const int32_t step = p.input.pixel_stride();
  for (int32_t c = 0; c < p.output.channels; ++c) {
    int32_t first_x = -p.padding.left;
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t x_begin = max_i32(0, first_x);
      const int32_t x_end = min_i32(first_x + p.window.width, p.input.width);
      const int32_t corner = c * p.input.channel_stride() + x_begin * step;
      const int32_t span = (x_end - x_begin) * step;
      // Codes counted from 0 up, so that the division is unsigned: it rounds down.
      uint32_t sum = 0;
      for (int32_t wy = y_begin; wy < y_end; ++wy) {
        const Input row = rows.at(first_row + wy) + corner;
        for (int32_t i = 0; i != span; i += step) sum += static_cast<uint32_t>(row[i] + 128);
      }
      const uint32_t count = static_cast<uint32_t>((y_end - y_begin) * (x_end - x_begin));
      const uint32_t mean = (2 * sum + count) / (2 * count);
      *output++ = static_cast<int8_t>(static_cast<int32_t>(mean) - 128);
      first_x += p.window.stride_x;
    }
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void average_pool2d_s8(const Pool2D& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    average_pool2d_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_AVERAGE_POOL2D_S8_H_
