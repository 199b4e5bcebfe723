// micronets/kernels/sigmoid_f32.h - 1 / (1 + exp(-x)).
#ifndef MICRONETS_KERNELS_SIGMOID_F32_H_
#define MICRONETS_KERNELS_SIGMOID_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/exp_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct SigmoidFunction {
  float operator()(float value) const {
    const float power = exp_of_negative(value < 0.0F ? value : -value);
    return (value < 0.0F ? power : 1.0F) / (1.0F + power);
  }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_KERNEL void sigmoid_f32_row(const Elementwise& p, const Rows<Input>& rows, int32_t y,
                                      float* output) {
  transform_row(p.input, rows.at(y), SigmoidFunction{}, output);
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void sigmoid_f32(const Elementwise& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    sigmoid_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_SIGMOID_F32_H_
