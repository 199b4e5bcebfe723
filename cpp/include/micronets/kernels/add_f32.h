// micronets/kernels/add_f32.h - sum of two maps.
#ifndef MICRONETS_KERNELS_ADD_F32_H_
#define MICRONETS_KERNELS_ADD_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Add {
  Shape first;
  Shape second;
  Shape output;
  Activation activation;
  float ceiling;

  constexpr bool consistent() const {
    return same_size(first, output) && same_size(second, output) && output.is_planar();
  }
};

/// Computes output row `y`; it may overwrite either input row where that is planar.
template <typename First, typename Second>
MICRONETS_KERNEL void add_f32_row(const Add& p, const Rows<First>& first,
                                  const Rows<Second>& second, int32_t y, float* output) {
  const First a = first.at(y);
  const Second b = second.at(y);
  for (int32_t c = 0; c < p.output.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      const float sum = a[c * p.first.channel_stride() + x * p.first.pixel_stride()] +
                        b[c * p.second.channel_stride() + x * p.second.pixel_stride()];
      *output++ = activate_f32(p.activation, sum, p.ceiling);
    }
  }
}

/// Computes the whole map; it may overwrite either input where that is planar.
template <typename First, typename Second>
inline void add_f32(const Add& p, First first, Second second, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    add_f32_row(p, rows_of(p.first, first), rows_of(p.second, second), y,
                output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_ADD_F32_H_
