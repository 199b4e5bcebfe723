// micronets/core/window_sums_s8.h - sums of products over a window of int8 codes.
#ifndef MICRONETS_CORE_WINDOW_SUMS_S8_H_
#define MICRONETS_CORE_WINDOW_SUMS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// What one filter sees of a row of the input.
struct View {
  int32_t width;
  int32_t channels;
  int32_t pixel_stride;
  int32_t channel_stride;
};

/// How the values under one row of a window lie: `count` runs of `length` values that are `step`
/// apart; each run begins one value after the one before it. `taps` weights belong to the row.
struct Runs {
  int32_t count;
  int32_t length;
  int32_t step;
  int32_t taps;
};

/// Of `columns` columns with all channels. Where neighbours in memory are neighbours among the
/// weights, too, they are one run; elsewhere each column is.
MICRONETS_INLINE Runs runs_of(const View& view, int32_t window_width, int32_t columns) {
  const int32_t taps = window_width * view.channels;
  if (view.channels == 1) return Runs{1, columns, view.pixel_stride, taps};
  if (view.channel_stride == 1) return Runs{1, columns * view.channels, 1, taps};
  return Runs{columns, view.channels, view.channel_stride, taps};
}

/// start + the products of one window, whose rows `inside` lie in the map; `offset` is that of its
/// first column in a row, `weights` are those of the window's first row.
template <typename Input>
MICRONETS_INLINE int32_t window_sum_s8(const Rows<Input>& rows, int32_t first_row,
                                       const Span& inside, int32_t offset, const Runs& runs,
                                       const int8_t* weights, int32_t start) {
  weights += inside.begin * runs.taps;
  for (int32_t y = inside.begin; y < inside.end; ++y) {
    const Input row = rows.at(first_row + y) + offset;
    const int8_t* w = weights;
    for (int32_t i = 0; i < runs.count; ++i) {
      start = dot_s8(row + i, runs.step, w, runs.length, start);
      w += runs.length;
    }
    weights += runs.taps;
  }
  return start;
}

/// The same for four windows, each `Next` values after the one before it: a weight is read once
/// for all of them.
template <int32_t Next, typename Input>
MICRONETS_FAST_KERNEL void window_sums_s8(const Rows<Input>& rows, int32_t first_row,
                                          const Span& inside, int32_t offset, const Runs& runs,
                                          const int8_t* weights, int32_t start, int32_t* sums) {
  int32_t sum0 = start;
  int32_t sum1 = start;
  int32_t sum2 = start;
  int32_t sum3 = start;
  weights += inside.begin * runs.taps;
  for (int32_t y = inside.begin; y < inside.end; ++y) {
    const Input row = rows.at(first_row + y) + offset;
    const int8_t* w = weights;
    for (int32_t i = 0; i < runs.count; ++i) {
      Input values = row + i;
      const int8_t* const end = w + runs.length;
      while (w != end) {
        const int8_t weight = read(w++);
        sum0 += values[0] * weight;
        sum1 += values[Next] * weight;
        sum2 += values[2 * Next] * weight;
        sum3 += values[3 * Next] * weight;
        values = values + runs.step;
      }
    }
    weights += runs.taps;
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

/// Output row of one filter, whose view of the input begins at `plane` in each row: four windows at
/// a time where they lie inside the columns of the map.
template <typename Input>
MICRONETS_FAST_KERNEL void filter_row_s8(const Conv2DS8& p, const View& view,
                                         const Rows<Input>& rows, int32_t plane, int32_t first_row,
                                         const Span& inside_y, const int8_t* weights, int32_t bias,
                                         int32_t multiplier, int8_t* output) {
  const int32_t stride = p.window.stride_x;
  const int32_t next = stride * view.pixel_stride;
  // The last column that four windows may begin in.
  const int32_t last = next > 2 ? -1 : view.width - p.window.width - 3 * stride;
  int8_t* const end = output + p.output.width;
  for (int32_t first_x = -p.padding.left; output != end;) {
    const bool four = end - output >= 4 && first_x >= 0 && first_x <= last;
    const Span inside_x = inside_map(first_x, p.window.width, view.width);
    const Runs runs = runs_of(view, p.window.width, inside_x.count());
    const int32_t start =
        bias + padding_s8(p.window, view.channels, inside_y, inside_x, weights, p.input_zero_point);
    const int32_t offset = plane + (first_x + inside_x.begin) * view.pixel_stride;
    const int8_t* const w = weights + inside_x.begin * view.channels;
    int32_t sums[4];
    int32_t count = 4;
    if (four && next == 1) {
      window_sums_s8<1>(rows, first_row, inside_y, offset, runs, w, start, sums);
    } else if (four) {
      window_sums_s8<2>(rows, first_row, inside_y, offset, runs, w, start, sums);
    } else {
      sums[0] = window_sum_s8(rows, first_row, inside_y, offset, runs, w, start);
      count = 1;
    }
    for (int32_t i = 0; i < count; ++i) *output++ = requantize_s8(sums[i], multiplier, p.range);
    first_x += count * stride;
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_WINDOW_SUMS_S8_H_
