// micronets/kernels/tanh_f32.h - hyperbolic tangent.
#ifndef MICRONETS_KERNELS_TANH_F32_H_
#define MICRONETS_KERNELS_TANH_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/exp_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct TanhFunction {
  float operator()(float value) const {
    const float power = exp_of_negative(value < 0.0F ? 2.0F * value : -2.0F * value);
    const float result = (1.0F - power) / (1.0F + power);
    return value < 0.0F ? -result : result;
  }
};

/// Computes output row `y`; it may overwrite the input row where that is planar.
template <typename Input>
MICRONETS_KERNEL void tanh_f32_row(const Elementwise& p, const Rows<Input>& rows, int32_t y,
                                   float* output) {
  transform_row(p.input, rows.at(y), TanhFunction{}, output);
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void tanh_f32(const Elementwise& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    tanh_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_TANH_F32_H_
