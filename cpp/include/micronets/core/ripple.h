// micronets/core/ripple.h - nets whose layers hold rows instead of maps.
#ifndef MICRONETS_CORE_RIPPLE_H_
#define MICRONETS_CORE_RIPPLE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Groups of layers, from `first` to `last`, compute a row each; after `rows` rows of the image.
template <typename Count>
struct Turn {
  Count rows;
  Count first;
  Count last;
};

/// The last rows of a map, row y in slot y % capacity.
template <typename Value>
MICRONETS_INLINE Rows<const Value*> ring(const Value* data, int32_t stride, int32_t capacity) {
  return Rows<const Value*>{data, stride, capacity};
}

/// All rows of the image under another shape.
template <typename Input>
MICRONETS_INLINE Rows<Input> viewed(const Rows<Input>& rows, int32_t stride, int32_t capacity) {
  return Rows<Input>{rows.data, stride, capacity};
}

/// Keeps a row of the image: `count` numbers.
template <typename Input>
MICRONETS_KERNEL void store_row(Input values, int32_t count, float* row) {
  for (int32_t i = 0; i < count; ++i) row[i] = values[i];
}

/// The same of an int8 net, as pixels.
template <typename Input>
MICRONETS_KERNEL void store_row(Input codes, int32_t count, uint8_t* row) {
  for (int32_t i = 0; i < count; ++i) row[i] = static_cast<uint8_t>(codes[i] + 128);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_RIPPLE_H_
