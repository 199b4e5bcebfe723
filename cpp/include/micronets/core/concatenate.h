// micronets/core/concatenate.h - the parameters of concatenation.
#ifndef MICRONETS_CORE_CONCATENATE_H_
#define MICRONETS_CORE_CONCATENATE_H_

#include <stdint.h>

#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// One input of a concatenation; its channels become output channels first_channel and up.
struct Concatenate {
  Shape input;
  Shape output;
  int32_t first_channel;

  constexpr bool consistent() const {
    return input.height == output.height && input.width == output.width && first_channel >= 0 &&
           first_channel + input.channels <= output.channels && output.is_planar();
  }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONCATENATE_H_
