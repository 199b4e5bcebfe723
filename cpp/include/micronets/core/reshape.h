// micronets/core/reshape.h - the same values, in Keras's order, under another shape or layout.
#ifndef MICRONETS_CORE_RESHAPE_H_
#define MICRONETS_CORE_RESHAPE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Reshape {
  Shape input;
  Shape output;

  constexpr bool consistent() const { return input.size() == output.size(); }
};

/// Computes output row `y`: values keep their place in the order (row, x, channel), whatever the
/// layouts of the two maps are.
template <typename Input, typename Value>
MICRONETS_INLINE void reshape_row(const Reshape& p, const Rows<Input>& rows, int32_t y,
                                  Value* output) {
  const int32_t start = y * p.output.row_stride();
  int32_t from_y = start / p.input.row_stride();
  int32_t from_x = start % p.input.row_stride() / p.input.channels;
  int32_t from_c = start % p.input.channels;
  for (int32_t x = 0; x < p.output.width; ++x) {
    for (int32_t c = 0; c < p.output.channels; ++c) {
      output[x * p.output.pixel_stride() + c * p.output.channel_stride()] = static_cast<Value>(
          rows.at(from_y)[from_x * p.input.pixel_stride() + from_c * p.input.channel_stride()]);
      if (++from_c == p.input.channels) {
        from_c = 0;
        if (++from_x == p.input.width) {
          from_x = 0;
          ++from_y;
        }
      }
    }
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_RESHAPE_H_
