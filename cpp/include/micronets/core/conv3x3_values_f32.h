// micronets/core/conv3x3_values_f32.h - 3x3 convolution value by value, for chips without an FPU.
#ifndef MICRONETS_CORE_CONV3X3_VALUES_F32_H_
#define MICRONETS_CORE_CONV3X3_VALUES_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Adds the products of three neighbours with three taps to each of the sums from `sum` to `end`;
/// returns where the next taps lie. Apart from the loops around it, which leave it no register.
inline MICRONETS_KERNEL const float* add_products_f32(const float* value, const float* tap,
                                                      float* sum, float* end) {
  for (; sum != end; ++sum) {
    float total = *sum;
    for (const float* const next = tap + 3; tap != next; ++tap) {
      total = multiply_add(*value++, read(tap), total);
    }
    *sum = total;
    value -= 3;
  }
  return tap;
}

/// Rows `y` to `end` - 1. Small: these chips spend their time in the multiplications. Each value is
/// read once for the filters of a block, because scaling a pixel costs as much as a product.
template <typename Input>
MICRONETS_KERNEL void conv3x3_values_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                         int32_t end, const float* weights, const float* bias,
                                         float* output) {
  for (; y < end; ++y) {
    const int32_t top = y * p.window.stride_y - p.padding.top;
    const float* w = weights;
    int32_t filters = 3;
    for (int32_t channel = 0; channel < p.output.channels; channel += filters) {
      if (channel + filters > p.output.channels) filters = 1;
      int32_t left = -p.padding.left;
      for (int32_t x = 0; x < p.output.width; ++x) {
        float sum[3];
        for (int32_t f = 0; f < filters; ++f) sum[f] = read_bias(bias, channel + f);
        const float* tap = w;
        for (int32_t c = 0; c < p.input.channels; ++c) {
          for (int32_t from_y = top; from_y < top + 3; ++from_y) {
            if (from_y < 0 || from_y >= p.input.height) {
              tap += filters * 3;
              continue;
            }
            const Input row = rows.at(from_y) + c * p.input.channel_stride();
            float value[3];
            for (int32_t k = 0; k < 3; ++k) {
              const int32_t from_x = left + k;
              const bool inside = from_x >= 0 && from_x < p.input.width;
              value[k] = inside ? row[from_x * p.input.pixel_stride()] : 0.0F;
            }
            tap = add_products_f32(value, tap, sum, sum + filters);
          }
        }
        for (int32_t f = 0; f < filters; ++f) {
          output[f * p.output.width + x] = activate_f32(p.activation, sum[f], p.ceiling);
        }
        left += p.window.stride_x;
      }
      w += filters * 9 * p.input.channels;
      output += filters * p.output.width;
    }
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV3X3_VALUES_F32_H_
