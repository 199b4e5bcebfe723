// micronets/kernels/max_pool2d_s8.h - largest code of each window.
#ifndef MICRONETS_KERNELS_MAX_POOL2D_S8_H_
#define MICRONETS_KERNELS_MAX_POOL2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve_values_s8.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The largest of the codes at `offset` and `columns` - 1 behind it, `step` apart, in rows `row` to
/// `end` - 1.
template <typename Input>
MICRONETS_INLINE int32_t largest_s8(const Rows<Input>& rows, int32_t row, int32_t end,
                                    int32_t offset, int32_t step, int32_t columns) {
  int32_t most = -128;
  do {
    Input from = rows.at(row) + offset;
    int32_t column = columns;
    do {
      most = max_i32(most, from[0]);
      from = from + step;
    } while (--column != 0);
  } while (++row != end);
  return most;
}

#if MICRONETS_MVE
/// Sixteen neighbours at a time.
MICRONETS_INLINE int32_t largest_s8(const Rows<const int8_t*>& rows, int32_t row, int32_t end,
                                    int32_t offset, int32_t step, int32_t columns) {
  if (step != 1 || end > rows.capacity) {
    return largest_s8<const int8_t*>(rows, row, end, offset, step, columns);
  }
  return mve_largest_s8(rows.at(row) + offset, rows.stride, columns, end - row, -128);
}
#endif

/// Computes output row `y`. Positions outside the input are ignored; every window has some inside.
template <typename Input>
MICRONETS_KERNEL void max_pool2d_s8_row(const Pool2D& p, const Rows<Input>& rows, int32_t y,
                                        int8_t* output) {
  const int32_t first = y * p.window.stride_y - p.padding.top;
  const Span inside = inside_map(first, p.window.height, p.input.height);
  const int32_t step = p.input.pixel_stride();
  int32_t plane = 0;
  int32_t channels = p.output.channels;
  do {
    int32_t x = -p.padding.left;
    int8_t* const end = output + p.output.width;
    do {
      const int32_t first_x = max_i32(0, x);
      const int32_t columns = min_i32(x + p.window.width, p.input.width) - first_x;
      const int32_t offset = plane + first_x * step;
      *output++ = static_cast<int8_t>(
          largest_s8(rows, first + inside.begin, first + inside.end, offset, step, columns));
      x += p.window.stride_x;
    } while (output != end);
    plane += p.input.channel_stride();
  } while (--channels != 0);
}

/// The largest of `most` and `columns` codes that lie `step` apart.
template <typename Input>
MICRONETS_INLINE int32_t largest_s8(Input from, int32_t step, int32_t columns, int32_t most) {
  do {
    most = max_i32(most, from[0]);
    from = from + step;
  } while (--columns != 0);
  return most;
}

#if MICRONETS_MVE
/// Sixteen neighbours at a time.
MICRONETS_INLINE int32_t largest_s8(const int8_t* from, int32_t step, int32_t columns,
                                    int32_t most) {
  if (step != 1) return largest_s8<const int8_t*>(from, step, columns, most);
  return mve_largest_s8(from, 0, columns, 1, most);
}
#endif

/// Takes input row `y` into output row y / window height, for windows that do not meet.
template <typename Input>
MICRONETS_KERNEL void max_pool2d_s8_fold(const Pool2D& p, const Rows<Input>& rows, int32_t y,
                                         int8_t* output) {
  const bool first = y % p.window.height == 0;
  const int32_t step = p.input.pixel_stride();
  Input plane = rows.at(y);
  int32_t channels = p.output.channels;
  do {
    Input window = plane;
    int8_t* const end = output + p.output.width;
    do {
      const int32_t most = first ? -128 : *output;
      *output = static_cast<int8_t>(largest_s8(window, step, p.window.width, most));
      window = window + p.window.stride_x * step;
    } while (++output != end);
    plane = plane + p.input.channel_stride();
  } while (--channels != 0);
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
