// micronets/kernels/depthwise_conv2d_s8.h - one filter per output channel on int8 codes, any window
// and multiplier.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_rows_s8.h"
#include "micronets/core/mve_depthwise_s8.h"
#include "micronets/core/types.h"
#include "micronets/core/window_sums_s8.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
/// weights: [output channel][window y][window x]; bias, multiplier: [output channel]
/// The bias holds -zero point * sum of weights; positions outside the input count as zero point.
template <typename Input>
MICRONETS_KERNEL void depthwise_conv2d_s8_row(const DepthwiseConv2DS8& p, const Rows<Input>& rows,
                                              int32_t y, const int8_t* weights, const int32_t* bias,
                                              const int32_t* multiplier, int8_t* output) {
  const View view = {p.input.width, 1, p.input.pixel_stride(), p.input.channel_stride()};
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  const Conv2DS8 geometry = p.geometry();
  const int32_t filters = p.multiplier();
  int32_t plane = 0;
  int32_t left = filters;  // output channels that still read this plane
  for (int32_t channel = 0; channel < p.output.channels; ++channel) {
    filter_row_s8(geometry, view, rows, plane, first_row, inside_y, weights, read(bias + channel),
                  read(multiplier + channel), output);
    weights += p.window.height * p.window.width;
    output += p.output.width;
    if (--left == 0) {
      left = filters;
      plane += p.input.channel_stride();
    }
  }
}

/// Rows `y` to `end` - 1.
template <typename Input>
MICRONETS_INLINE void depthwise_rows_s8(const DepthwiseConv2DS8& p, const Rows<Input>& rows,
                                        int32_t y, int32_t end, const int8_t* weights,
                                        const int32_t* bias, const int32_t* multiplier,
                                        int8_t* output) {
  for (; y < end; ++y) {
    depthwise_conv2d_s8_row(p, rows, y, weights, bias, multiplier, output);
    output += p.output.row_stride();
  }
}

#if MICRONETS_DSP
/// Of planar codes, by the code for their window: where `p` is a constant, only that is linked.
MICRONETS_INLINE void depthwise_rows_s8(const DepthwiseConv2DS8& p, const Rows<const int8_t*>& rows,
                                        int32_t y, int32_t end, const int8_t* weights,
                                        const int32_t* bias, const int32_t* multiplier,
                                        int8_t* output) {
#if MICRONETS_MVE
  if (has_mve_depthwise_s8(p) && rows.capacity >= p.input.height) {
    mve_depthwise_s8(p, rows.data, y, end, weights, bias, multiplier, output);
    if (p.range.is_narrow()) clamp_row_s8(p.range, output, (end - y) * p.output.row_stride());
    return;
  }
#endif
  if (!has_depthwise_tiles_s8(p)) {
    return depthwise_rows_s8<const int8_t*>(p, rows, y, end, weights, bias, multiplier, output);
  }
  if (p.window.stride_x == 1) {
    depthwise_rows_3x3_s8<1>(p, rows, y, end, weights, bias, multiplier, output);
  } else {
    depthwise_rows_3x3_s8<2>(p, rows, y, end, weights, bias, multiplier, output);
  }
  if (p.range.is_narrow()) clamp_row_s8(p.range, output, (end - y) * p.output.row_stride());
}
#endif

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void depthwise_conv2d_s8(const DepthwiseConv2DS8& p, Input input,
                                          const int8_t* weights, const int32_t* bias,
                                          const int32_t* multiplier, int8_t* output) {
  depthwise_rows_s8(p, rows_of(p.input, input), 0, p.output.height, weights, bias, multiplier,
                    output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_S8_H_
