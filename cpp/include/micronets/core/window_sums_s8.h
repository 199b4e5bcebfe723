// micronets/core/window_sums_s8.h - sums of products over a window of int8 codes, in plain C++.
#ifndef MICRONETS_CORE_WINDOW_SUMS_S8_H_
#define MICRONETS_CORE_WINDOW_SUMS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// A window that slides over some channels of a map.
struct SlidingS8 {
  Window window;
  Index left;  // padding
  Index width;
  Index channels;
  Index pixel_stride;
  Index channel_stride;
  int32_t zero_point;
  OutputRange range;
};

template <typename Params>
MICRONETS_INLINE SlidingS8 sliding_s8(const Params& p, Index channels) {
  return SlidingS8{p.window,
                   p.padding.left,
                   p.input.width,
                   channels,
                   p.input.pixel_stride(),
                   p.input.channel_stride(),
                   p.input_zero_point,
                   p.range};
}

/// One filter: its first weight, and how the others lie.
struct FilterS8 {
  const int8_t* weights;
  FilterLayoutS8 layout;
  int32_t bias;
  int32_t multiplier;
};

/// How the values under one row of a window lie: `count` runs of `length` values that are `step`
/// apart; each run begins one value after the one before it.
struct Runs {
  Index count;
  Index length;
  Index step;
};

/// Of `columns` columns with all channels. Where neighbours in memory are neighbours among the
/// weights, too, they are one run; elsewhere each column is.
MICRONETS_INLINE Runs runs_of(const SlidingS8& s, Index columns) {
  if (s.channels == 1) return Runs{1, columns, s.pixel_stride};
  if (s.channel_stride == 1) return Runs{1, columns * s.channels, 1};
  return Runs{columns, s.channels, s.channel_stride};
}

/// The sum of the weights that lie outside the map, where every value is the zero point.
inline MICRONETS_KERNEL int32_t sum_outside_s8(const SlidingS8& s, const FilterS8& filter,
                                               const Span& rows, const Span& columns) {
  int32_t sum = 0;
  for (Index y = 0; y < s.window.height; ++y) {
    const bool inside_y = y >= rows.begin && y < rows.end;
    for (Index x = 0; x < s.window.width; ++x) {
      if (inside_y && x >= columns.begin && x < columns.end) continue;
      const int8_t* weight = filter.weights + y * filter.layout.row + x * filter.layout.column;
      for (Index c = 0; c < s.channels; ++c) {
        sum += read(weight);
        weight += filter.layout.step;
      }
    }
  }
  return sum;
}

#if defined(__AVR__)
/// `width` outputs of one filter, whose channels of the input begin at `plane` in each row. There
/// are registers for one sum only, and dividing takes long: rows behind the end of a ring are found
/// once for all windows.
template <typename Input>
MICRONETS_KERNEL void filter_row_s8(const SlidingS8& s, const Rows<Input>& rows, Index plane,
                                    int32_t first_row, const Span& inside_y, const FilterS8& filter,
                                    Index width, int8_t* output) {
  const Index stride = static_cast<Index>(rows.stride);
  const Index capacity = static_cast<Index>(rows.capacity);
  const Index slot = static_cast<Index>(first_row + inside_y.begin) % capacity;
  const Index height = inside_y.count();
  const Index before_end = height < capacity - slot ? height : capacity - slot;
  const Input first = rows.data + (plane + slot * stride);
  const int8_t* const weights = filter.weights + inside_y.begin * filter.layout.row;
  RunsS8 runs;
  bool is_one_run = false;  // in each row
  Index columns = -1;
  Index first_x = -s.left;
  do {
    Span inside_x = {0, s.window.width};
    if (first_x < 0 || first_x + s.window.width > s.width) {
      inside_x = inside_map(first_x, s.window.width, s.width);
    }
    if (columns != inside_x.count()) {
      columns = inside_x.count();
      const Runs shape = runs_of(s, columns);
      is_one_run = shape.count == 1;
      runs.length = shape.length;
      runs.step = shape.step;
      runs.weight_step = filter.layout.step;
      runs.skip = (is_one_run ? stride : 1) - shape.length * shape.step;
      runs.skip_weights = (is_one_run ? filter.layout.row : filter.layout.column) -
                          shape.length * filter.layout.step;
    }
    int32_t sum = filter.bias;
    if (height != s.window.height || columns != s.window.width) {
      sum += s.zero_point * sum_outside_s8(s, filter, inside_y, inside_x);
    }
    Input values = first + (first_x + inside_x.begin) * s.pixel_stride;
    const int8_t* w = weights + inside_x.begin * filter.layout.column;
    if (is_one_run) {
      sum = dot_runs_s8(runs, values, w, before_end, sum);
      if (before_end != height) {
        sum = dot_runs_s8(runs, values + -slot * stride, w + before_end * filter.layout.row,
                          height - before_end, sum);
      }
    } else {
      for (Index y = 0; y != height; ++y) {
        if (y == before_end) values = values + -capacity * stride;
        sum = dot_runs_s8(runs, values, w, columns, sum);
        values = values + stride;
        w += filter.layout.row;
      }
    }
    *output++ = requantize_s8(sum, filter.multiplier, s.range);
    first_x += s.window.stride_x;
  } while (--width != 0);
}
#else
/// start + the products of one window, whose rows `inside` lie in the map; `offset` is that of its
/// first column in a row, `weights` are those of the window's first row.
template <typename Input>
MICRONETS_INLINE int32_t window_sum_s8(const Rows<Input>& rows, int32_t first_row,
                                       const Span& inside, int32_t offset, const Runs& runs,
                                       const int8_t* weights, const FilterLayoutS8& layout,
                                       int32_t start) {
  for (int32_t y = inside.begin; y < inside.end; ++y) {
    const Input row = rows.at(first_row + y) + offset;
    const int8_t* w = weights + y * layout.row;
    for (int32_t i = 0; i < runs.count; ++i) {
      start = dot_s8(row + i, runs.step, w, layout.step, runs.length, start);
      w += layout.column;
    }
  }
  return start;
}

/// The same for four windows, each `Next` values after the one before it: a weight is read once
/// for all of them.
template <int32_t Next, typename Input>
MICRONETS_FAST_KERNEL void window_sums_s8(const Rows<Input>& rows, int32_t first_row,
                                          const Span& inside, int32_t offset, const Runs& runs,
                                          const int8_t* weights, const FilterLayoutS8& layout,
                                          int32_t* sums) {
  int32_t sum0 = sums[0];
  int32_t sum1 = sum0;
  int32_t sum2 = sum0;
  int32_t sum3 = sum0;
  const int32_t step = layout.step;
  for (int32_t y = inside.begin; y < inside.end; ++y) {
    const Input row = rows.at(first_row + y) + offset;
    for (int32_t i = 0; i < runs.count; ++i) {
      Input values = row + i;
      const int8_t* w = weights + y * layout.row + i * layout.column;
      for (const int8_t* const end = w + runs.length * step; w != end;) {
        const int8_t weight = read(w);
        sum0 += values[0] * weight;
        sum1 += values[Next] * weight;
        sum2 += values[2 * Next] * weight;
        sum3 += values[3 * Next] * weight;
        w += step;
        values = values + runs.step;
      }
    }
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

/// `width` outputs of one filter, whose channels of the input begin at `plane` in each row: four
/// windows at a time where they lie inside the columns of the map.
template <typename Input>
MICRONETS_FAST_KERNEL void filter_row_s8(const SlidingS8& s, const Rows<Input>& rows, int32_t plane,
                                         int32_t first_row, const Span& inside_y,
                                         const FilterS8& filter, int32_t width, int8_t* output) {
  const int32_t stride = s.window.stride_x;
  const int32_t next = stride * s.pixel_stride;
  const int32_t window_width = s.window.width;
  // The last column that four windows may begin in.
  const int32_t last = next > 3 ? -1 : s.width - window_width - 3 * stride;
  int8_t* const end = output + width;
  for (int32_t first_x = -s.left; output != end;) {
    const bool four = end - output >= 4 && first_x >= 0 && first_x <= last;
    const Span inside_x = inside_map(first_x, window_width, s.width);
    const Runs runs = runs_of(s, inside_x.count());
    int32_t sums[4] = {filter.bias, 0, 0, 0};
    if (inside_y.count() != s.window.height || inside_x.count() != window_width) {
      sums[0] += s.zero_point * sum_outside_s8(s, filter, inside_y, inside_x);
    }
    const int32_t offset = plane + (first_x + inside_x.begin) * s.pixel_stride;
    const int8_t* const w = filter.weights + inside_x.begin * filter.layout.column;
    int32_t count = 4;
    if (four && next == 1) {
      window_sums_s8<1>(rows, first_row, inside_y, offset, runs, w, filter.layout, sums);
    } else if (four && next == 3) {
      window_sums_s8<3>(rows, first_row, inside_y, offset, runs, w, filter.layout, sums);
    } else if (four) {
      window_sums_s8<2>(rows, first_row, inside_y, offset, runs, w, filter.layout, sums);
    } else {
      sums[0] = window_sum_s8(rows, first_row, inside_y, offset, runs, w, filter.layout, sums[0]);
      count = 1;
    }
    for (int32_t i = 0; i < count; ++i) {
      *output++ = requantize_s8(sums[i], filter.multiplier, s.range);
    }
    first_x += count * stride;
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_WINDOW_SUMS_S8_H_
