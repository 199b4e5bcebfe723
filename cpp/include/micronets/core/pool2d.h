// micronets/core/pool2d.h - the parameters of pooling.
#ifndef MICRONETS_CORE_POOL2D_H_
#define MICRONETS_CORE_POOL2D_H_

#include <stdint.h>

#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Global pooling is a window as large as the map.
struct Pool2D {
  Shape input;
  Shape output;
  Window window;
  Padding padding;

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && input.channels == output.channels &&
           padding.top < window.height && padding.bottom < window.height &&
           padding.left < window.width && padding.right < window.width;
  }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POOL2D_H_
