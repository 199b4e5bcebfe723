// micronets/core/concatenate.h - the parameters of concatenation.
#ifndef MICRONETS_CORE_CONCATENATE_H_
#define MICRONETS_CORE_CONCATENATE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// One input of a concatenation: where its first column and its first channel go.
struct Concatenate {
  Shape input;
  Shape output;
  int32_t first_column;
  int32_t first_channel;

  constexpr bool consistent() const {
    return input.height == output.height && first_column >= 0 && first_channel >= 0 &&
           first_column + input.width <= output.width &&
           first_channel + input.channels <= output.channels && output.is_planar();
  }
  /// The place of the input's first value in its output row.
  MICRONETS_INLINE constexpr int32_t start() const {
    return first_channel * output.width + first_column;
  }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONCATENATE_H_
