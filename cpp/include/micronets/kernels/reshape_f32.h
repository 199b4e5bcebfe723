// micronets/kernels/reshape_f32.h - the same values, in Keras's order, under another shape or
// layout.
#ifndef MICRONETS_KERNELS_RESHAPE_F32_H_
#define MICRONETS_KERNELS_RESHAPE_F32_H_

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
template <typename Input>
MICRONETS_KERNEL void reshape_f32_row(const Reshape& p, const Rows<Input>& rows, int32_t y,
                                      float* output) {
  const int32_t start = y * p.output.row_stride();
  int32_t from_y = start / p.input.row_stride();
  int32_t from_x = start % p.input.row_stride() / p.input.channels;
  int32_t from_c = start % p.input.channels;
  for (int32_t x = 0; x < p.output.width; ++x) {
    for (int32_t c = 0; c < p.output.channels; ++c) {
      output[x * p.output.pixel_stride() + c * p.output.channel_stride()] =
          rows.at(from_y)[from_x * p.input.pixel_stride() + from_c * p.input.channel_stride()];
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

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void reshape_f32(const Reshape& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    reshape_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_RESHAPE_F32_H_
