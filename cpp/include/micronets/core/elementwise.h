// micronets/core/elementwise.h - what operators that treat every value alike have in common.
#ifndef MICRONETS_CORE_ELEMENTWISE_H_
#define MICRONETS_CORE_ELEMENTWISE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Elementwise {
  Shape input;
  Shape output;

  constexpr bool consistent() const { return same_size(input, output) && output.is_planar(); }
};

/// output = function(input) for one row; the output is planar, and may be the input if that is too.
template <typename Input, typename Function>
MICRONETS_INLINE void transform_row(const Shape& shape, const Input& row, const Function& function,
                                    float* output) {
  for (int32_t c = 0; c < shape.channels; ++c) {
    for (int32_t x = 0; x < shape.width; ++x) {
      *output++ = function(row[c * shape.channel_stride() + x * shape.pixel_stride()]);
    }
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_ELEMENTWISE_H_
