// micronets/core/rnnpool2d.h - RNNPool: the order in which recurrent cells sweep over patches.
#ifndef MICRONETS_CORE_RNNPOOL2D_H_
#define MICRONETS_CORE_RNNPOOL2D_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"
#include "micronets/core/lanes.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

constexpr int32_t patch_rows(const Shape& input, const Window& window) {
  return window_count(input.height, 0, 0, window.height, window.stride_y);
}
constexpr int32_t patch_columns(const Shape& input, const Window& window) {
  return window_count(input.width, 0, 0, window.width, window.stride_x);
}

/// True where the patches of `input`, and repetitions of the last ones, give `output`.
constexpr bool pools_to(const Shape& input, const Window& window, int32_t units,
                        const Shape& output) {
  return input.height >= window.height && input.width >= window.width &&
         output.height >= patch_rows(input, window) &&
         output.width >= patch_columns(input, window) && output.channels == 4 * units &&
         output.is_planar();
}

/// States are multiplied in pairs: the second one of the last pair may be any.
constexpr int32_t even_values(int32_t count) { return (count + 1) / 2 * 2; }

/// What lies in front of the states in the vectors of the first cell.
template <typename Params>
constexpr int32_t inputs1(const Params& p) {
  return kLanes * p.input.channels;
}

/// The same of the second cell: for each unit what states of the first one add to it.
template <typename Params>
constexpr int32_t inputs2(const Params& p) {
  return kLanes * p.units2;
}

/// Where RNNPool keeps what, in values from the beginning of its scratch.
struct RNNPoolMemory {
  int32_t vector;   // of four lanes: the states of a cell and its inputs
  int32_t kept;     // rows of a patch that are also rows of the one below
  int32_t cache;    // [patch of the row][kept row][unit]
  int32_t rows;     // [row of the patch][unit]
  int32_t columns;  // [column of the patch][unit]

  template <typename Params>
  explicit RNNPoolMemory(const Params& p)
      : vector(max_i32(inputs1(p) + kLanes * even_values(p.units1),
                       inputs2(p) + kLanes * even_values(p.units2))),
        kept(max_i32(p.window.height - p.window.stride_y, 0)),
        cache(2 * vector),
        rows(cache + patch_columns(p.input, p.window) * kept * p.units2),
        columns(rows + p.window.height * p.units2) {}
};

/// Computes a row of patches. Rows of two neighbouring patches, one above the other, and columns of
/// two side by side are summed up once: the sums of rows lie in the scratch from one row of patches
/// to the next. What lies there is not the sums but what they add to the second cell.
///
/// `Cells` knows the arithmetic:
///   Value, Output                        of scratch and of the output
///   load(inputs, i, to)                  value i of each of four places, side by side
///   Walk1, Walk2                         of the first cell, and of the second, which reads sums:
///     Walk(cells, even, odd)               between two vectors, each with room for a step's inputs
///                                          and states
///     inputs(i), states(i)                 in the vector that step i reads
///     begin()                              before the first step, whose states are to be zero
///     step(i)                              writes the states of step i + 1
///   project(states, to)                  what the states of four lanes add to the second cell
///   result(state)                        a value of the output
template <typename Cells, typename Input>
class RNNPoolRow {
 public:
  typedef typename Cells::Value Value;
  typedef typename Cells::Output Output;

  MICRONETS_INLINE RNNPoolRow(const Cells& cells, const Rows<Input>& rows, int32_t y,
                              Value* scratch)
      : cells_(cells),
        p_(cells.p),
        rows_(rows),
        memory_(cells.p),
        y_(y),
        scratch_(scratch),
        walk1_(cells, scratch, scratch + memory_.vector),
        walk2_(cells, scratch, scratch + memory_.vector) {}

  MICRONETS_INLINE void run(Output* output) {
    const int32_t patches = patch_columns(p_.input, p_.window);
    for (int32_t x = 0; x < patches; ++x) {
      sum_rows(x);
      sum_columns(x);
      write(pool(), output + x);
    }
    repeat_last_column(patches, output);
  }

 private:
  /// The first cell along the rows of patch `x`; those that the patch above has, too, are there.
  MICRONETS_INLINE void sum_rows(int32_t x) {
    const int32_t kept = memory_.kept;
    Value* const cached = scratch_ + memory_.cache + x * kept * p_.units2;
    Value* const sums = scratch_ + memory_.rows;
    const size_t bytes = static_cast<size_t>(kept * p_.units2) * sizeof(Value);
    int32_t row = 0;
    if (y_ > 0) {
      memcpy(sums, cached, bytes);
      row = kept;
    }
    const int32_t step = p_.input.pixel_stride();
    const int32_t first = x * p_.window.stride_x * step;
    const int32_t top = y_ * p_.window.stride_y;
    const int32_t width = p_.window.width;
    const int32_t height = p_.window.height;
    for (; row < height; row += kLanes) {
      Places<Input> lines = {line(top + row) + first,
                             line(top + min_i32(row + 1, height - 1)) + first,
                             line(top + min_i32(row + 2, height - 1)) + first,
                             line(top + min_i32(row + 3, height - 1)) + first};
      begin1();
      for (int32_t i = 0; i < width; ++i) {
        load(lines, walk1_.inputs(i));
        walk1_.step(i);
        lines = lines.behind(step);
      }
      project(walk1_.states(width), min_i32(kLanes, height - row), sums + row * p_.units2);
    }
    memcpy(cached, sums + (p_.window.height - kept) * p_.units2, bytes);
  }

  /// The first cell along the columns of patch `x`; those of the patch before are there.
  MICRONETS_INLINE void sum_columns(int32_t x) {
    Value* const sums = scratch_ + memory_.columns;
    int32_t column = 0;
    if (x > 0) {
      column = max_i32(p_.window.width - p_.window.stride_x, 0);
      memmove(sums, sums + (p_.window.width - column) * p_.units2,
              static_cast<size_t>(column * p_.units2) * sizeof(Value));
    }
    const int32_t step = p_.input.pixel_stride();
    const int32_t left = x * p_.window.stride_x;
    const int32_t top = y_ * p_.window.stride_y;
    const int32_t width = p_.window.width;
    const int32_t height = p_.window.height;
    for (; column < width; column += kLanes) {
      const int32_t first = (left + column) * step;
      const int32_t next1 = (min_i32(column + 1, width - 1) - column) * step;
      const int32_t next2 = (min_i32(column + 2, width - 1) - column) * step;
      const int32_t next3 = (min_i32(column + 3, width - 1) - column) * step;
      begin1();
      for (int32_t i = 0; i < height; ++i) {
        const Input values = line(top + i) + first;
        load({values, values + next1, values + next2, values + next3}, walk1_.inputs(i));
        walk1_.step(i);
      }
      project(walk1_.states(height), min_i32(kLanes, width - column), sums + column * p_.units2);
    }
  }

  /// The second cell, down and up the rows and along the columns and back, a lane each; lanes that
  /// take fewer steps than others begin later.
  MICRONETS_INLINE const Value* pool() {
    const int32_t height = p_.window.height;
    const int32_t width = p_.window.width;
    const int32_t steps = max_i32(height, width);
    const Value* const rows = scratch_ + memory_.rows;
    const Value* const columns = scratch_ + memory_.columns;
    const int32_t units = p_.units2;
    forget(walk2_.states(0), units, 0);
    walk2_.begin();
    for (int32_t i = 0; i < steps; ++i) {
      const int32_t row = max_i32(i - (steps - height), 0);
      const int32_t column = max_i32(i - (steps - width), 0);
      if (i > 0 && (i == steps - height || i == steps - width)) {
        forget(walk2_.states(i), units, i == steps - height ? 2 : -2);
      }
      interleave(
          Lanes<const Value>{rows + row * units, rows + (height - 1 - row) * units,
                             columns + column * units, columns + (width - 1 - column) * units},
          units, walk2_.inputs(i));
      walk2_.step(i);
    }
    return walk2_.states(steps);
  }

  MICRONETS_INLINE void begin1() {
    forget(walk1_.states(0), p_.units1, 0);
    walk1_.begin();
  }

  /// Sets the states of all lanes to zero, or of the first two (2) or the others (-2).
  MICRONETS_INLINE void forget(Value* states, int32_t units, int32_t lanes) {
    for (int32_t unit = 0; unit < units; ++unit) {
      if (lanes >= 0) states[0] = states[1] = 0;
      if (lanes <= 0) states[2] = states[3] = 0;
      states += kLanes;
    }
  }

  MICRONETS_INLINE void write(const Value* states, Output* output) {
    const int32_t values = kLanes * p_.units2;
    const int32_t next = p_.output.channel_stride();
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      for (int32_t i = lane; i < values; i += kLanes) {
        *output = cells_.result(states[i]);
        output += next;
      }
    }
  }

  MICRONETS_INLINE void repeat_last_column(int32_t patches, Output* output) {
    for (int32_t channel = 0; channel < p_.output.channels; ++channel) {
      for (int32_t x = patches; x < p_.output.width; ++x) output[x] = output[patches - 1];
      output += p_.output.channel_stride();
    }
  }

  /// The values of all channels at four places.
  MICRONETS_INLINE void load(const Places<Input>& places, Value* to) {
    const int32_t step = p_.input.channel_stride();
    const int32_t end = p_.input.channels * step;
    for (int32_t channel = 0; channel < end; channel += step) {
      cells_.load(places, channel, to);
      to += kLanes;
    }
  }

  /// What the states behind the last step add to the second cell, for the first lanes; the others
  /// are the last of these once more.
  MICRONETS_INLINE void project(Value* states, int32_t lanes, Value* sums) {
    const int32_t units = p_.units2;
    cells_.project(states, Lanes<Value>{sums, sums + min_i32(1, lanes - 1) * units,
                                        sums + min_i32(2, lanes - 1) * units,
                                        sums + min_i32(3, lanes - 1) * units});
  }

  MICRONETS_INLINE Input line(int32_t row) const { return rows_.at(row); }

  const Cells& cells_;
  const typename Cells::Params& p_;
  const Rows<Input>& rows_;
  const RNNPoolMemory memory_;
  const int32_t y_;
  Value* const scratch_;
  typename Cells::Walk1 walk1_;
  typename Cells::Walk2 walk2_;
};

/// Output row `y`. Behind the last row of patches that one is repeated: it lies in the scratch.
template <typename Cells, typename Input>
MICRONETS_INLINE void rnnpool2d_row(const Cells& cells, const Rows<Input>& rows, int32_t y,
                                    typename Cells::Output* output,
                                    typename Cells::Value* scratch) {
  const int32_t last = patch_rows(cells.p.input, cells.p.window) - 1;
  const size_t bytes =
      static_cast<size_t>(cells.p.output.row_stride()) * sizeof(typename Cells::Output);
  if (y > last) {
    memcpy(output, scratch, bytes);
    return;
  }
  RNNPoolRow<Cells, Input>(cells, rows, y, scratch).run(output);
  if (y == last && cells.p.output.height > last + 1) memcpy(scratch, output, bytes);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_RNNPOOL2D_H_
