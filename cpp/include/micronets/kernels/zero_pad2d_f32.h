// micronets/kernels/zero_pad2d_f32.h - a map with zeros around it.
#ifndef MICRONETS_KERNELS_ZERO_PAD2D_F32_H_
#define MICRONETS_KERNELS_ZERO_PAD2D_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct ZeroPad2D {
  Shape input;
  Shape output;
  Padding padding;

  constexpr bool consistent() const {
    return output.height == input.height + padding.top + padding.bottom &&
           output.width == input.width + padding.left + padding.right &&
           output.channels == input.channels && output.is_planar();
  }
};

/// Computes output row `y`, which may lie above or below the input.
template <typename Input>
MICRONETS_KERNEL void zero_pad2d_f32_row(const ZeroPad2D& p, const Rows<Input>& rows, int32_t y,
                                         float* output) {
  const int32_t input_y = y - p.padding.top;
  const bool inside_y = input_y >= 0 && input_y < p.input.height;
  const Input row = rows.at(inside_y ? input_y : 0);
  for (int32_t c = 0; c < p.output.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t input_x = x - p.padding.left;
      const bool inside = inside_y && input_x >= 0 && input_x < p.input.width;
      *output++ =
          inside ? row[c * p.input.channel_stride() + input_x * p.input.pixel_stride()] : 0.0F;
    }
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void zero_pad2d_f32(const ZeroPad2D& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    zero_pad2d_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_ZERO_PAD2D_F32_H_
