// micronets/kernels/pointwise_conv2d_s8.h - 1x1 convolution of planar int8 codes.
#ifndef MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_
#define MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/mve_pointwise_s8.h"
#include "micronets/core/pointwise_rows_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The filters from `first` on, in plain C++.
template <typename Input>
MICRONETS_FAST_KERNEL void pointwise_filters_s8(const Conv2DS8& p, Input row, int32_t first,
                                                const int8_t* weights, const int32_t* bias,
                                                const int32_t* multiplier, int8_t* output) {
  const OutputRange range = p.range;
  const int32_t width = p.input.width;
  const int32_t channels = p.input.channels;
  const int32_t paired = p.output.channels & ~1;
  for (int32_t filter = first; filter < p.output.channels; ++filter) {
    const int32_t step = filter < paired ? 2 : 1;
    const int32_t start = read(bias + filter);
    const int32_t factor = read(multiplier + filter);
    const int8_t* const from = weights + pointwise_weight_s8(filter, paired, channels);
    int8_t* to = output + filter * width;
    for (int32_t x = 0; x < width; ++x) {
      const int8_t* w = from;
      Input value = row + x;
      int32_t sum = start;
      for (int32_t c = 0; c < channels; ++c) {
        sum += value[0] * read(w);
        value = value + width;
        w += step;
      }
      *to++ = requantize_s8(sum, factor, range);
    }
  }
}

/// Computes rows that follow each other, of an image that is read while it is converted.
template <typename Input>
MICRONETS_INLINE void pointwise_rows_s8(const Conv2DS8& p, int32_t height, Input row,
                                        const int8_t* weights, const int32_t* bias,
                                        const int32_t* multiplier, int8_t* output) {
  for (; height != 0; --height) {
    pointwise_filters_s8(p, row, 0, weights, bias, multiplier, output);
    row = row + p.input.row_stride();
    output += p.output.row_stride();
  }
}

/// Computes rows that follow each other, of codes.
MICRONETS_INLINE void pointwise_rows_s8(const Conv2DS8& p, int32_t height, const int8_t* row,
                                        const int8_t* weights, const int32_t* bias,
                                        const int32_t* multiplier, int8_t* output) {
  int32_t first = 0;
#if MICRONETS_MVE
  if (has_mve_filters_s8(p, p.input.channels)) {
    return mve_pointwise_s8(p, height, row, weights, bias, multiplier, output);
  }
#endif
#if MICRONETS_DSP
  if (has_pointwise_tiles_s8(p)) {
    pointwise_pairs_s8(p, height, row, weights, bias, multiplier, output);
    first = p.output.channels & ~1;
    if (p.range.is_narrow()) clamp_row_s8(p.range, output, height * p.output.row_stride());
    if (first == p.output.channels) return;
  }
#endif
  for (; height != 0; --height) {
    pointwise_filters_s8(p, row, first, weights, bias, multiplier, output);
    row += p.input.row_stride();
    output += p.output.row_stride();
  }
}

/// Computes output row `y`.
/// weights: pairs of output channels, each [input channel][output channel of the pair] with zeros
/// for one more input channel where their number is odd; then the last output channel where that
/// is single. bias, multiplier: [output channel]; the bias holds -zero point * sum of weights.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_s8_row(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                              const int8_t* weights, const int32_t* bias,
                                              const int32_t* multiplier, int8_t* output) {
  pointwise_rows_s8(p, 1, rows.at(y), weights, bias, multiplier, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_s8(const Conv2DS8& p, Input input, const int8_t* weights,
                                          const int32_t* bias, const int32_t* multiplier,
                                          int8_t* output) {
  pointwise_rows_s8(p, p.output.height, input, weights, bias, multiplier, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_
