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

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_RIPPLE_H_
