// micronets/core/store_row_s8.h - a row of the image as an int8 net holds it.
#ifndef MICRONETS_CORE_STORE_ROW_S8_H_
#define MICRONETS_CORE_STORE_ROW_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Keeps a row of the image, `count` codes, as pixels.
template <typename Input>
MICRONETS_KERNEL void store_row(Input codes, int32_t count, uint8_t* row) {
  for (int32_t i = 0; i < count; ++i) row[i] = static_cast<uint8_t>(codes[i] + 128);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_STORE_ROW_S8_H_
