// micronets/core/dot_s8.h - the innermost loop of all int8 kernels that sum products.
#ifndef MICRONETS_CORE_DOT_S8_H_
#define MICRONETS_CORE_DOT_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// sum + values[0] * weights[0] + values[step] * weights[weight_step] + ...: `count` products.
template <typename Input>
MICRONETS_INLINE int32_t dot_s8(Input values, int32_t step, const int8_t* weights,
                                int32_t weight_step, int32_t count, int32_t sum) {
  for (const int8_t* const end = weights + count * weight_step; weights != end;) {
    // Factors of 16 bits at most, so that 8-bit chips multiply 16 x 16 bits.
    sum += values[0] * read(weights);
    weights += weight_step;
    values = values + step;
  }
  return sum;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DOT_S8_H_
