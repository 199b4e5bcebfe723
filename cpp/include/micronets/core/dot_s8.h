// micronets/core/dot_s8.h - the innermost loop of all int8 kernels that sum products.
#ifndef MICRONETS_CORE_DOT_S8_H_
#define MICRONETS_CORE_DOT_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// sum + values[0] * weights[0] + values[step] * weights[1] + ...: `count` products.
template <typename Input>
MICRONETS_INLINE int32_t dot_s8(const Input& values, int32_t step, const int8_t* weights,
                                int32_t count, int32_t sum) {
  const int8_t* const end = weights + count;
  for (int32_t i = 0; weights != end; i += step) {
    // Factors of 16 bits at most, so that 8-bit chips multiply 16 x 16 bits.
    sum += values[i] * read(weights++);
  }
  return sum;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DOT_S8_H_
