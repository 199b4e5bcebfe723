// micronets/kernels/depthwise_conv2d_s8.h - one filter per output channel on int8 codes, any window
// and multiplier.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_rows_s8.h"
#include "micronets/core/mve_depthwise_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"
#include "micronets/core/window_sums_s8.h"

namespace micronets {
inline namespace v1 {

/// One output row, in plain C++.
template <typename Input>
MICRONETS_KERNEL void depthwise_filters_s8(const DepthwiseConv2DS8& p, const Rows<Input>& rows,
                                           int32_t y, int8_t* output) {
  const SlidingS8 sliding = sliding_s8(p, 1);
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  const Index filters = p.filters_per_channel();
  FilterS8 filter = {p.weights, FilterLayoutS8{p.window.width, 1, 1}, 0, 0};
  Index plane = 0;
  Index left = filters;  // output channels that still read this plane
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    filter.bias = read(p.bias + channel);
    filter.multiplier = read(p.multiplier + channel);
    filter_row_s8(sliding, rows, plane, first_row, inside_y, filter, p.output.width, output);
    filter.weights += p.window.height * p.window.width;
    output += p.output.channel_stride();
    if (--left == 0) {
      left = filters;
      plane += p.input.channel_stride();
    }
  }
}

/// Computes output row `y`. Positions outside the input count as zero point.
template <typename Input>
MICRONETS_INLINE void depthwise_conv2d_s8_row(const DepthwiseConv2DS8& p, const Rows<Input>& rows,
                                              int32_t y, int8_t* output) {
  depthwise_filters_s8(p, rows, y, output);
  pad_rows_s8(p, 1, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void depthwise_conv2d_s8(const DepthwiseConv2DS8& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    depthwise_conv2d_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

#if MICRONETS_MVE
/// Output rows `y` to `end` - 1 with Helium.
MICRONETS_INLINE void depthwise_mve_s8(const DepthwiseConv2DS8& p, const Rows<const int8_t*>& rows,
                                       int32_t y, int32_t end, int8_t* output) {
  mve_depthwise_s8(p, rows, y, end, output);
  clamp_rows_s8(p, end - y, output);
  pad_rows_s8(p, end - y, output);
}
#endif

#if MICRONETS_DSP
/// The same for planar codes, by the code for their window: where `p` is a constant, only that is
/// linked.
MICRONETS_INLINE void depthwise_conv2d_s8_row(const DepthwiseConv2DS8& p,
                                              const Rows<const int8_t*>& rows, int32_t y,
                                              int8_t* output) {
  if (!has_depthwise_tiles_s8(p)) {
#if MICRONETS_MVE
    if (has_mve_depthwise_s8(p)) return depthwise_mve_s8(p, rows, y, y + 1, output);
#endif
    return depthwise_conv2d_s8_row<const int8_t*>(p, rows, y, output);
  }
  depthwise_row_s8(p, rows, y, output, depthwise_row_kernel_s8(p));
  clamp_rows_s8(p, 1, output);
  pad_rows_s8(p, 1, output);
}

MICRONETS_INLINE void depthwise_conv2d_s8(const DepthwiseConv2DS8& p, const int8_t* input,
                                          int8_t* output) {
#if MICRONETS_MVE
  if (has_mve_depthwise_s8(p)) {
    return depthwise_mve_s8(p, rows_of(p.input, input), 0, p.output.height, output);
  }
#endif
  if (!has_depthwise_tiles_s8(p)) return depthwise_conv2d_s8<const int8_t*>(p, input, output);
  depthwise_map_s8(p, input, output, depthwise_tiles_kernel_s8(p));
  clamp_rows_s8(p, p.output.height, output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
