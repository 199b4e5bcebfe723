// micronets/kernels/conv2d_s8.h - 2-D convolution of int8 codes, any window, stride and padding.
#ifndef MICRONETS_KERNELS_CONV2D_S8_H_
#define MICRONETS_KERNELS_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/mve_windows_s8.h"
#include "micronets/core/pixels3x3_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"
#include "micronets/core/window_sums_s8.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
/// weights: [output channel][window y][window x][input channel]; bias, multiplier: [output channel]
/// The bias holds -zero point * sum of weights; positions outside the input count as zero point.
template <typename Input>
MICRONETS_KERNEL void conv2d_s8_row(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                    const int8_t* weights, const int32_t* bias,
                                    const int32_t* multiplier, int8_t* output) {
  const View view = {p.input.width, p.input.channels, p.input.pixel_stride(),
                     p.input.channel_stride()};
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    filter_row_s8(p, view, rows, 0, first_row, inside_y, weights, read(bias + channel),
                  read(multiplier + channel), output);
    weights += p.window.height * p.window.width * p.input.channels;
    output += p.output.width;
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

#if MICRONETS_MVE
/// The same for codes.
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, const int8_t* input, const int8_t* weights,
                                const int32_t* bias, const int32_t* multiplier, int8_t* output) {
  if (has_mve_windows_s8(p)) {
    mve_windows_s8<false>(p, input, weights, bias, multiplier, output);
  } else {
    conv2d_s8<const int8_t*>(p, input, weights, bias, multiplier, output);
  }
}
#endif

#if MICRONETS_DSP
/// The same for the caller's bytes, by the code for its window: where `p` is a constant, only that
/// is linked.
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, Pixels input, const int8_t* weights,
                                const int32_t* bias, const int32_t* multiplier, int8_t* output) {
#if MICRONETS_MVE
  if (has_mve_windows_s8(p)) {
    const int8_t* const bytes = reinterpret_cast<const int8_t*>(input.data);
    mve_windows_s8<true>(p, bytes, weights, bias, multiplier, output);
    return;
  }
#endif
  if (has_pixels3x3_s8(p)) {
    pixels3x3_s8(p, input.data, weights, bias, multiplier, output);
  } else {
    conv2d_s8<Pixels>(p, input, weights, bias, multiplier, output);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_S8_H_
