// micronets/kernels/relu_f32.h - clamps to [0, ceiling].
#ifndef MICRONETS_KERNELS_RELU_F32_H_
#define MICRONETS_KERNELS_RELU_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Relu {
  Shape input;
  Shape output;
  float ceiling;

  constexpr bool consistent() const { return same_size(input, output) && output.is_planar(); }
};

struct ReluFunction {
  float ceiling;

  float operator()(float value) const { return clamp_f32(value, ceiling); }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_KERNEL void relu_f32_row(const Relu& p, const Rows<Input>& rows, int32_t y,
                                   float* output) {
  transform_row(p.input, rows.at(y), ReluFunction{p.ceiling}, output);
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void relu_f32(const Relu& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    relu_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_RELU_F32_H_
