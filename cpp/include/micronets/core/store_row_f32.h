// micronets/core/store_row_f32.h - a row of the image as a float net holds it.
#ifndef MICRONETS_CORE_STORE_ROW_F32_H_
#define MICRONETS_CORE_STORE_ROW_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/copy_values_f32.h"

namespace micronets {
inline namespace v1 {

/// Keeps a row of the image: `count` numbers.
template <typename Input>
MICRONETS_FAST_KERNEL void store_row(const Input& values, int32_t count, float* row) {
  copy_values_f32(values, 1, count, row);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_STORE_ROW_F32_H_
