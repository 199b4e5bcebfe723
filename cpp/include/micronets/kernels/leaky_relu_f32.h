// micronets/kernels/leaky_relu_f32.h - scales what is negative.
#ifndef MICRONETS_KERNELS_LEAKY_RELU_F32_H_
#define MICRONETS_KERNELS_LEAKY_RELU_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct LeakyRelu {
  Shape input;
  Shape output;
  float negative_slope;

  constexpr bool consistent() const { return same_size(input, output) && output.is_planar(); }
};

struct LeakyReluFunction {
  float negative_slope;

  float operator()(float value) const { return value < 0.0F ? value * negative_slope : value; }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_KERNEL void leaky_relu_f32_row(const LeakyRelu& p, const Rows<Input>& rows, int32_t y,
                                         float* output) {
  transform_row(p.input, rows.at(y), LeakyReluFunction{p.negative_slope}, output);
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void leaky_relu_f32(const LeakyRelu& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    leaky_relu_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_LEAKY_RELU_F32_H_
