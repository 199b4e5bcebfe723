// micronets/kernels/pointwise_conv2d_s8.h - 1x1 convolution of planar int8 codes.
#ifndef MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_
#define MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/mve_pointwise_s8.h"
#include "micronets/core/pointwise_rows_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// One row of the filters from `first` on, in plain C++.
template <typename Input>
MICRONETS_FAST_KERNEL void pointwise_filters_s8(const PointwiseConv2DS8& p, Input row,
                                                int32_t first, int8_t* output) {
  const OutputRange range = p.range;
  const Index channels = p.input.channels;
  const Index plane = p.input.channel_stride();
  for (Index filter = static_cast<Index>(first); filter < p.output.channels; ++filter) {
    const FilterPlaceS8 place = filter_place_s8(filter, p.output.channels, even_s8(channels));
    const int32_t start = read(p.bias + filter);
    const int32_t factor = read(p.multiplier + filter);
    const int8_t* const weights = p.weights + place.first;
    int8_t* const to = output + filter * p.output.channel_stride();
    for (Index x = 0; x < p.input.width; ++x) {
      const int32_t sum = dot_s8(row + x, plane, weights, place.step, channels, start);
      to[x] = requantize_s8(sum, factor, range);
    }
  }
}

/// Rows that follow each other, of the filters from `first` on.
template <typename Input>
MICRONETS_INLINE void pointwise_rest_s8(const PointwiseConv2DS8& p, Input row, int8_t* output,
                                        int32_t height, int32_t first) {
  int8_t* to = output;
  for (int32_t y = 0; y < height; ++y) {
    pointwise_filters_s8(p, row, first, to);
    row = row + p.input.row_stride();
    to += p.output.row_stride();
  }
  pad_rows_s8(p, height, output);
}

/// Rows that follow each other, of an image that is read while it is converted.
template <typename Input>
MICRONETS_INLINE void pointwise_rows_s8(const PointwiseConv2DS8& p, Input row, int8_t* output,
                                        void*, int32_t height) {
  pointwise_rest_s8(p, row, output, height, 0);
}

#if MICRONETS_DSP
/// Rows that follow each other, of codes: one or all.
MICRONETS_INLINE void pointwise_rows_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                        int8_t* output, void* scratch, int32_t height) {
#if MICRONETS_MVE
  if (has_mve_filters_s8(p.output, p.input.channels)) {
    mve_pointwise_s8(p, height, row, output);
    clamp_rows_s8(p, height, output);
    pad_rows_s8(p, height, output);
    return;
  }
#endif
  int32_t first = 0;
  if (has_pointwise_tiles_s8(p)) {
    pointwise_pairs_s8(p, row, output, static_cast<uint32_t*>(scratch), height);
    clamp_rows_s8(p, height, output);
    first = p.output.channels & ~1;
  }
  if (first != p.output.channels) pointwise_rest_s8(p, row, output, height, first);
}
#endif

/// Computes output row `y`. scratch: 8 bytes for each input channel, their number rounded up to an
/// even one; aligned to 4. Behind the last row of a map as many values may be read as an odd number
/// of channels lacks, and one.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_s8_row(const PointwiseConv2DS8& p, const Rows<Input>& rows,
                                              int32_t y, int8_t* output, void* scratch) {
  pointwise_rows_s8(p, rows.at(y), output, scratch, 1);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void pointwise_conv2d_s8(const PointwiseConv2DS8& p, Input input, int8_t* output,
                                          void* scratch) {
  pointwise_rows_s8(p, input, output, scratch, p.output.height);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_POINTWISE_CONV2D_S8_H_
