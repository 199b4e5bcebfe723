// micronets/kernels/max_pool2d_s8.h - largest code of each window.
#ifndef MICRONETS_KERNELS_MAX_POOL2D_S8_H_
#define MICRONETS_KERNELS_MAX_POOL2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dsp.h"
#include "micronets/core/mve_values_s8.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The larger of `most` and of the codes of rows `y` to `end` - 1 that begin at `corner` and are
/// `step` apart, before `span`.
template <typename Input>
MICRONETS_INLINE int32_t largest_s8(const Rows<Input>& rows, int32_t y, int32_t end, int32_t corner,
                                    int32_t step, int32_t span, int32_t most) {
  for (; y < end; ++y) {
    const Input row = rows.at(y) + corner;
    for (int32_t i = 0; i != span; i += step) {
      const int32_t value = row[i];
      most = value > most ? value : most;
    }
  }
  return most;
}

#if MICRONETS_MVE
/// Sixteen neighbours at a time.
MICRONETS_INLINE int32_t largest_s8(const Rows<const int8_t*>& rows, int32_t y, int32_t end,
                                    int32_t corner, int32_t step, int32_t span, int32_t most) {
  if (step != 1 || y >= end || end > rows.capacity) {
    return largest_s8<const int8_t*>(rows, y, end, corner, step, span, most);
  }
  return mve_largest_s8(rows.at(y) + corner, rows.stride, span, end - y, most);
}
#elif MICRONETS_DSP
/// Four neighbours at a time, where there are as many; the last four move back.
MICRONETS_INLINE int32_t largest_s8(const Rows<const int8_t*>& rows, int32_t y, int32_t end,
                                    int32_t corner, int32_t step, int32_t span, int32_t most) {
  if (step != 1 || span < 4 || end > rows.capacity) {
    return largest_s8<const int8_t*>(rows, y, end, corner, step, span, most);
  }
  uint32_t four = 0x80808080U;
  const int8_t* row = rows.at(y) + corner;
  const int8_t* const row_end = row + (end - y) * rows.stride;
  for (; row != row_end; row += rows.stride) {
    four = larger_bytes(four, load_4(row));
    for (int32_t i = 4; i < span; i += 4) {
      four = larger_bytes(four, load_4(row + min_i32(i, span - 4)));
    }
  }
  four = larger_bytes(four, four >> 16 | four << 16);
  four = larger_bytes(four, four >> 8 | four << 24);
  return max_i32(most, static_cast<int8_t>(four & 0xFFU));
}
#endif

/// Computes output row `y`. Positions outside the input are ignored.
template <typename Input>
MICRONETS_FAST_KERNEL void max_pool2d_s8_row(const Pool2D& p, const Rows<Input>& rows, int32_t y,
                                             int8_t* output) {
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
      const int32_t most =
          largest_s8(rows, first_row + y_begin, first_row + y_end, corner, step, span, -128);
      *output++ = static_cast<int8_t>(most);
      first_x += p.window.stride_x;
    }
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void max_pool2d_s8(const Pool2D& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    max_pool2d_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_MAX_POOL2D_S8_H_
