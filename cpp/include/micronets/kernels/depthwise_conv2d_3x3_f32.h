// micronets/kernels/depthwise_conv2d_3x3_f32.h - depthwise 3x3 convolution, stride 1 or 2.
#ifndef MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
#define MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/types.h"
#include "micronets/kernels/depthwise_conv2d_f32.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`; one output channel per input channel.
/// weights: [channel][window y][window x]; bias: [channel] or null
/// Positions outside the input are skipped: they count as zero.
template <typename Input>
inline void depthwise_conv2d_3x3_f32_row(const DepthwiseConv2D& p, const Rows<Input>& rows,
                                         int32_t y, const float* weights, const float* bias,
                                         float* output) {
  depthwise_conv2d_f32_row(p, rows, y, weights, bias, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void depthwise_conv2d_3x3_f32(const DepthwiseConv2D& p, Input input, const float* weights,
                                     const float* bias, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    depthwise_conv2d_3x3_f32_row(p, rows_of(p.input, input), y, weights, bias,
                                 output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DEPTHWISE_CONV2D_3X3_F32_H_
