// micronets/core/mve_pointwise_s8.h - rows of planar pixels, turned and multiplied with Helium.
#ifndef MICRONETS_CORE_MVE_POINTWISE_S8_H_
#define MICRONETS_CORE_MVE_POINTWISE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/mve_filters_s8.h"
#include "micronets/core/mve_pointwise3_s8.h"
#include "micronets/core/mve_turn_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// Brings pixels of planar rows.
template <bool Narrow>
MICRONETS_FAST_KERNEL void mve_fill_pointwise_s8(const void* params,
                                                 const Rows<const int8_t*>& rows, int32_t y,
                                                 int32_t x, int32_t count, int8_t* pixels,
                                                 int32_t pitch) {
  const PointwiseConv2DS8& p = *static_cast<const PointwiseConv2DS8*>(params);
  const int8_t* const row = rows.at(y) + x;
  if (Narrow) {
    mve_turn_narrow_s8(row, p.input.channel_stride(), p.input.channels, count, pixels, pitch);
  } else {
    mve_turn_wide_s8(row, p.input.channel_stride(), p.input.channels, count, pixels, pitch);
  }
}

/// Rows that follow each other, of a layer that `has_mve_filters_s8`.
MICRONETS_INLINE void mve_pointwise_s8(const PointwiseConv2DS8& p, int32_t height,
                                       const int8_t* row, int8_t* output) {
  if (p.input.channels == 3) {
    mve_pointwise3_s8(p, height, row, output);
    return;
  }
  const int32_t taps = p.input.channels;
  const MveFiltersS8 filters = {
      p.weights,         p.bias, p.multiplier, taps, p.output.channels, p.output.channel_stride(),
      p.range.zero_point};
  const MveFillS8 fill =
      p.input.channel_stride() <= 17 ? mve_fill_pointwise_s8<true> : mve_fill_pointwise_s8<false>;
  const Rows<const int8_t*> rows = {row, p.input.row_stride(), height};
  mve_rows_s8(&p, p.output, rows, 0, height, filters, fill, mve_multiply_s8(taps), output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_POINTWISE_S8_H_
