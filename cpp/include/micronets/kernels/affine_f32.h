// micronets/kernels/affine_f32.h - each channel times its scale plus its offset.
#ifndef MICRONETS_KERNELS_AFFINE_F32_H_
#define MICRONETS_KERNELS_AFFINE_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct ChannelAffine {
  Shape input;
  Shape output;
  Activation activation;
  float ceiling;

  constexpr bool consistent() const { return same_size(input, output) && output.is_planar(); }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
/// scale, offset: [channel]
template <typename Input>
MICRONETS_KERNEL void affine_f32_row(const ChannelAffine& p, const Rows<Input>& rows, int32_t y,
                                     const float* scale, const float* offset, float* output) {
  const Input row = rows.at(y);
  for (int32_t c = 0; c < p.output.channels; ++c) {
    const float factor = read(scale + c);
    const float addend = read(offset + c);
    for (int32_t x = 0; x < p.output.width; ++x) {
      const float value = row[c * p.input.channel_stride() + x * p.input.pixel_stride()];
      *output++ = activate_f32(p.activation, multiply_add(value, factor, addend), p.ceiling);
    }
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void affine_f32(const ChannelAffine& p, Input input, const float* scale, const float* offset,
                       float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    affine_f32_row(p, rows_of(p.input, input), y, scale, offset,
                   output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_AFFINE_F32_H_
