// micronets/kernels/conv2d_s8.h - 2-D convolution of int8 codes, any window, stride and padding.
#ifndef MICRONETS_KERNELS_CONV2D_S8_H_
#define MICRONETS_KERNELS_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
/// weights: [output channel][window y][window x][input channel]; bias, multiplier: [output channel]
/// The bias holds -zero point * sum of weights; positions outside the input count as zero point.
template <typename Input>
MICRONETS_FAST_KERNEL void conv2d_s8_row(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                         const int8_t* weights, const int32_t* bias,
                                         const int32_t* multiplier, int8_t* output) {
  const OutputRange range = p.range;
  const int32_t channels = p.input.channels;
  const int32_t taps = p.window.width * channels;
  // Where neighbours in memory are neighbours among the weights, too, a row of the window is one
  // run; elsewhere each of its columns is.
  const bool joined = channels == 1 || p.input.channel_stride() == 1;
  const int32_t step = joined ? 1 : p.input.channel_stride();
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    const int32_t start = read(bias++);
    const int32_t factor = read(multiplier++);
    int32_t first_x = -p.padding.left;
    for (int32_t x = 0; x < p.output.width; ++x) {
      const Span inside_x = inside_map(first_x, p.window.width, p.input.width);
      const int32_t runs = joined ? 1 : inside_x.count();
      const int32_t run = joined ? inside_x.count() * channels : channels;
      int32_t sum =
          start + padding_s8(p.window, channels, inside_y, inside_x, weights, p.input_zero_point);
      const int8_t* w = weights + inside_y.begin * taps + inside_x.begin * channels;
      for (int32_t wy = inside_y.begin; wy < inside_y.end; ++wy) {
        const Input from =
            rows.at(first_row + wy) + (first_x + inside_x.begin) * p.input.pixel_stride();
        for (int32_t i = 0; i < runs; ++i) sum = dot_s8(from + i, step, w + i * run, run, sum);
        w += taps;
      }
      *output++ = requantize_s8(sum, factor, range);
      first_x += p.window.stride_x;
    }
    weights += p.window.height * taps;
  }
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void conv2d_s8(const Conv2DS8& p, Input input, const int8_t* weights, const int32_t* bias,
                      const int32_t* multiplier, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    conv2d_s8_row(p, rows_of(p.input, input), y, weights, bias, multiplier,
                  output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_S8_H_
