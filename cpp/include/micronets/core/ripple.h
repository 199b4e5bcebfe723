// micronets/core/ripple.h - which row of which layer can be computed next, as rows of the image
// arrive.
#ifndef MICRONETS_CORE_RIPPLE_H_
#define MICRONETS_CORE_RIPPLE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Row y of a stage needs the first min(y * step + reach, limit) rows that `source` has written; 0
/// is the image, 1 the first stage.
struct RippleNeed {
  Size source;
  Size step;
  int16_t reach;
  Size limit;
};

/// A kernel that computes one row at a time. Its needs are those from `first_need` on, up to the
/// first of the next stage.
struct RippleStage {
  Size rows;
  Size first_need;
  Size after;  // the last stage that reads what it writes: the one to look at next
  Size unused;
};

/// The last rows of a map, row y in slot y % capacity.
template <typename Value>
MICRONETS_INLINE Rows<const Value*> ring(const Value* data, int32_t stride, int32_t capacity) {
  return Rows<const Value*>{data, stride, capacity};
}

/// All rows of the image under another shape.
template <typename Input>
MICRONETS_INLINE Rows<Input> viewed(const Rows<Input>& rows, int32_t stride, int32_t capacity) {
  return Rows<Input>{rows.data, stride, capacity};
}

/// Keeps a row of the image: `count` numbers.
template <typename Input>
MICRONETS_KERNEL void store_row(Input values, int32_t count, float* row) {
  for (int32_t i = 0; i < count; ++i) row[i] = values[i];
}

/// The same of an int8 net, as pixels.
template <typename Input>
MICRONETS_KERNEL void store_row(Input codes, int32_t count, uint8_t* row) {
  for (int32_t i = 0; i < count; ++i) row[i] = static_cast<uint8_t>(codes[i] + 128);
}

/// Whether stage `at` can compute its next row. done: rows of the image, then of each stage; due:
/// how many of them each need waits for.
template <typename Count>
MICRONETS_INLINE bool can_ripple(const RippleStage* stages, const RippleNeed* needs, int32_t at,
                                 const Count* done, const Count* due) {
  const int32_t end = fetch(stages[at + 1]).first_need;
  int32_t i = fetch(stages[at]).first_need;
  do {
    if (done[fetch(needs[i]).source] < due[i]) return false;
  } while (++i != end);
  return true;
}

/// Sets what row `y` of stage `at` waits for: more than there can be behind the last one.
template <typename Count>
MICRONETS_KERNEL void wait_for_row(const RippleStage* stages, const RippleNeed* needs, int32_t at,
                                   int32_t y, Count* due) {
  const RippleStage stage = fetch(stages[at]);
  const int32_t end = fetch(stages[at + 1]).first_need;
  for (int32_t i = stage.first_need; i < end; ++i) {
    const RippleNeed need = fetch(needs[i]);
    const int32_t rows = min_i32(max_i32(y * need.step + need.reach, 0), need.limit);
    due[i] = y < stage.rows ? static_cast<Count>(rows) : static_cast<Count>(-1);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_RIPPLE_H_
