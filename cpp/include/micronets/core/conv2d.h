// micronets/core/conv2d.h - the parameters that all 2-D convolutions share.
#ifndef MICRONETS_CORE_CONV2D_H_
#define MICRONETS_CORE_CONV2D_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Conv2D {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  Activation activation;
  float ceiling;

  constexpr bool consistent() const { return slides_to(input, window, padding, output); }
  constexpr int32_t weight_count() const {
    return output.channels * window.height * window.width * input.channels;
  }
};

/// Each output channel reads one input channel: output channel = input channel * multiplier + m.
struct DepthwiseConv2D {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  Activation activation;
  float ceiling;

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && output.channels % input.channels == 0;
  }
  constexpr int32_t multiplier() const { return output.channels / input.channels; }
  constexpr int32_t weight_count() const { return output.channels * window.height * window.width; }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV2D_H_
