// micronets/kernels/average_pool2d_s8.h - mean code of each window.
#ifndef MICRONETS_KERNELS_AVERAGE_POOL2D_S8_H_
#define MICRONETS_KERNELS_AVERAGE_POOL2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve_values_s8.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The sum of the codes of rows `y` to `end` - 1 that begin at `corner` and are `step` apart,
/// before `span`, counted from 0 up: so the division is unsigned and rounds down.
template <typename Input>
MICRONETS_INLINE uint32_t sum_levels_s8(const Rows<Input>& rows, int32_t y, int32_t end,
                                        int32_t corner, int32_t step, int32_t span) {
  uint32_t sum = 0;
  for (; y < end; ++y) {
    const Input row = rows.at(y) + corner;
    for (int32_t i = 0; i != span; i += step) sum += static_cast<uint32_t>(row[i] + 128);
  }
  return sum;
}

#if MICRONETS_MVE
/// Sixteen neighbours at a time.
MICRONETS_INLINE uint32_t sum_levels_s8(const Rows<const int8_t*>& rows, int32_t y, int32_t end,
                                        int32_t corner, int32_t step, int32_t span) {
  if (step != 1 || y >= end || end > rows.capacity) {
    return sum_levels_s8<const int8_t*>(rows, y, end, corner, step, span);
  }
  const int32_t sum = mve_sum_s8(rows.at(y) + corner, rows.stride, span, end - y);
  return static_cast<uint32_t>(sum + 128 * (end - y) * span);
}
#endif

/// The mean of `count` codes whose levels sum up to `sum`, halves rounded up.
MICRONETS_INLINE int8_t mean_code_s8(uint32_t sum, uint32_t count) {
  const uint32_t mean = (2 * sum + count) / (2 * count);
  return static_cast<int8_t>(static_cast<int32_t>(mean) - 128);
}

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
      const uint32_t sum =
          sum_levels_s8(rows, first_row + y_begin, first_row + y_end, corner, step, span);
      const uint32_t count = static_cast<uint32_t>((y_end - y_begin) * (x_end - x_begin));
      *output++ = mean_code_s8(sum, count);
      first_x += p.window.stride_x;
    }
  }
}

/// Takes input row `y` into `sums`, one for each value of output row y / window height, and with
/// the last row of the windows writes that.
template <typename Sum, typename Input>
MICRONETS_FAST_KERNEL void fold_levels_s8(const Pool2D& p, const Rows<Input>& rows, int32_t y,
                                          int8_t* output, Sum* sums) {
  const int32_t inside = y % p.window.height;
  const bool is_last = inside + 1 == p.window.height;
  const int32_t count = int32_t{p.window.height} * p.window.width;
  const Rows<Input> row = {rows.at(y), rows.stride, 1};
  const int32_t step = p.input.pixel_stride();
  const int32_t span = p.window.width * step;
  for (int32_t c = 0; c < p.output.channels; ++c) {
    int32_t corner = c * p.input.channel_stride();
    for (int32_t x = 0; x < p.output.width; ++x) {
      uint32_t sum = sum_levels_s8(row, 0, 1, corner, step, span);
      if (inside != 0) sum += *sums;
      if (is_last) {
        *output = mean_code_s8(sum, static_cast<uint32_t>(count));
      } else {
        *sums = static_cast<Sum>(sum);
      }
      ++output;
      ++sums;
      corner += p.window.stride_x * step;
    }
  }
}

/// The same for windows that do not meet and lie inside the map: sums of 16 bits, or of 32 where
/// the windows have more than 257 places.
template <typename Input>
MICRONETS_INLINE void average_pool2d_s8_fold(const Pool2D& p, const Rows<Input>& rows, int32_t y,
                                             int8_t* output, void* sums) {
  if (int32_t{p.window.height} * p.window.width <= 257) {
    fold_levels_s8(p, rows, y, output, static_cast<uint16_t*>(sums));
  } else {
    fold_levels_s8(p, rows, y, output, static_cast<uint32_t*>(sums));
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
