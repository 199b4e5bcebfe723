// micronets/core/conv2d_s8.h - what all int8 convolutions share: parameters and padding.
#ifndef MICRONETS_CORE_CONV2D_S8_H_
#define MICRONETS_CORE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Conv2DS8 {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  int32_t input_zero_point;
  OutputRange range;

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && output.layout == Layout::planar &&
           range.consistent();
  }
  constexpr int32_t weight_count() const {
    return output.channels * window.height * window.width * input.channels;
  }
  /// As `pointwise_conv2d_s8` wants them: pairs of filters have an even number of weights each.
  constexpr int32_t paired_weight_count() const {
    return output.channels / 2 * ((input.channels + 1) / 2 * 4) +
           output.channels % 2 * input.channels;
  }
};

/// Where the weights of one output channel begin among those that `pointwise_conv2d_s8` reads; the
/// first `paired` output channels lie in pairs.
constexpr int32_t pointwise_weight_s8(int32_t channel, int32_t paired, int32_t inputs) {
  return channel < paired ? channel / 2 * ((inputs + 1) / 2 * 4) + channel % 2
                          : paired / 2 * ((inputs + 1) / 2 * 4);
}

/// Each output channel reads one input channel: output channel = input channel * multiplier + m.
struct DepthwiseConv2DS8 {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  int32_t input_zero_point;
  OutputRange range;

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && output.channels % input.channels == 0 &&
           output.layout == Layout::planar && range.consistent();
  }
  constexpr int32_t multiplier() const { return output.channels / input.channels; }
  /// What one of its filters shares with those of a full convolution.
  constexpr Conv2DS8 geometry() const {
    return Conv2DS8{input, output, window, padding, input_zero_point, range};
  }
  constexpr int32_t weight_count() const { return output.channels * window.height * window.width; }
};

/// The rows or the columns of a window that lie inside the map: `begin` to `end` - 1.
struct Span {
  int32_t begin;
  int32_t end;

  int32_t count() const { return end - begin; }
};

/// Of a window that begins at row (or column) `first` of a map of `size`.
MICRONETS_INLINE Span inside_map(int32_t first, int32_t window, int32_t size) {
  const int32_t begin = min_i32(window, max_i32(0, -first));
  return Span{begin, max_i32(begin, min_i32(window, size - first))};
}

/// The sum of one filter's weights that lie outside the map, where every value is the zero point.
/// weights: [window y][window x][channel]
inline MICRONETS_KERNEL int32_t sum_outside_s8(const Window& window, int32_t channels,
                                               const Span& rows, const Span& columns,
                                               const int8_t* weights) {
  int32_t sum = 0;
  for (int32_t y = 0; y < window.height; ++y) {
    const bool inside_y = y >= rows.begin && y < rows.end;
    for (int32_t x = 0; x < window.width; ++x) {
      const int8_t* const next = weights + channels;
      if (inside_y && x >= columns.begin && x < columns.end) weights = next;
      while (weights != next) sum += read(weights++);
    }
  }
  return sum;
}

/// What the padding adds to the sum of one filter at one place.
MICRONETS_INLINE int32_t padding_s8(const Window& window, int32_t channels, const Span& rows,
                                    const Span& columns, const int8_t* weights,
                                    int32_t zero_point) {
  if (rows.count() == window.height && columns.count() == window.width) return 0;
  return zero_point * sum_outside_s8(window, channels, rows, columns, weights);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV2D_S8_H_
