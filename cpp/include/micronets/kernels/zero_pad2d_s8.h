// micronets/kernels/zero_pad2d_s8.h - a map of int8 codes with real zeros around it.
#ifndef MICRONETS_KERNELS_ZERO_PAD2D_S8_H_
#define MICRONETS_KERNELS_ZERO_PAD2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct ZeroPad2DS8 {
  Shape input;
  Shape output;
  Padding padding;
  int32_t zero_point;

  constexpr bool consistent() const {
    return output.height == input.height + padding.top + padding.bottom &&
           output.width == input.width + padding.left + padding.right &&
           output.channels == input.channels && output.is_planar() && -128 <= zero_point &&
           zero_point <= 127;
  }
};

/// Computes output row `y`, which may lie above or below the input.
template <typename Input>
MICRONETS_KERNEL void zero_pad2d_s8_row(const ZeroPad2DS8& p, const Rows<Input>& rows, int32_t y,
                                        int8_t* output) {
  const int8_t zero = static_cast<int8_t>(p.zero_point);
  const int32_t input_y = y - p.padding.top;
  const bool inside_y = input_y >= 0 && input_y < p.input.height;
  const Input row = rows.at(inside_y ? input_y : 0);
  fill_padding_s8(p.output, 1, zero, output);
  for (int32_t c = 0; c < p.output.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t input_x = x - p.padding.left;
      const bool inside = inside_y && input_x >= 0 && input_x < p.input.width;
      const int32_t from = c * p.input.channel_stride() + input_x * p.input.pixel_stride();
      output[x] = inside ? static_cast<int8_t>(row[from]) : zero;
    }
    output += p.output.channel_stride();
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void zero_pad2d_s8(const ZeroPad2DS8& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    zero_pad2d_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_ZERO_PAD2D_S8_H_
