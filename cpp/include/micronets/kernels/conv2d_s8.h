// micronets/kernels/conv2d_s8.h - 2-D convolution of int8 codes, any window, stride and padding.
#ifndef MICRONETS_KERNELS_CONV2D_S8_H_
#define MICRONETS_KERNELS_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/mve_pixels3x3_s8.h"
#include "micronets/core/mve_windows_s8.h"
#include "micronets/core/patches_s8.h"
#include "micronets/core/pixels3x3_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"
#include "micronets/core/window_sums_s8.h"

namespace micronets {
inline namespace v1 {

/// Output row `y` of the filters from `first` on, in plain C++.
template <typename Input>
MICRONETS_KERNEL void conv2d_filters_s8(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                        int32_t first, int8_t* output) {
  const SlidingS8 sliding = sliding_s8(p, p.input.channels);
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  const Span inside_y = inside_map(first_row, p.window.height, p.input.height);
  for (Index i = static_cast<Index>(first); i < p.output.channels; ++i) {
    const FilterPlaceS8 place = filter_place_s8(i, p.output.channels, p.filter_taps());
    const FilterS8 filter = {p.weights + place.first, p.layout(place.step), read(p.bias + i),
                             read(p.multiplier + i)};
    filter_row_s8(sliding, rows, 0, first_row, inside_y, filter, p.output.width,
                  output + i * p.output.channel_stride());
  }
}

/// Computes output row `y`; positions outside the input count as zero point. scratch: 8 bytes for
/// each weight of a filter, counting the zeros; aligned to 4.
template <typename Input>
MICRONETS_INLINE void conv2d_s8_row(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                    int8_t* output, void* scratch) {
  int32_t first = 0;
#if MICRONETS_DSP
  if (has_patches_s8(p)) {
    patches_s8(p, rows, y, output, static_cast<uint32_t*>(scratch));
    first = p.output.channels & ~1;
    clamp_rows_s8(p, 1, output);
  }
#else
  (void)scratch;
#endif
  if (first < p.output.channels) conv2d_filters_s8(p, rows, y, first, output);
  pad_rows_s8(p, 1, output);
}

#if MICRONETS_MVE
/// Output rows `y` to `end` - 1 with Helium, of codes or of the caller's bytes (`Flip`).
template <bool Flip>
MICRONETS_INLINE void conv2d_mve_s8(const Conv2DS8& p, const Rows<const int8_t*>& rows, int32_t y,
                                    int32_t end, int8_t* output) {
  mve_windows_s8<Flip>(p, rows, y, end, output);
  clamp_rows_s8(p, end - y, output);
  pad_rows_s8(p, end - y, output);
}

MICRONETS_INLINE void conv2d_s8_row(const Conv2DS8& p, const Rows<const int8_t*>& rows, int32_t y,
                                    int8_t* output, void* scratch) {
  if (has_mve_windows_s8(p)) {
    conv2d_mve_s8<false>(p, rows, y, y + 1, output);
  } else {
    conv2d_s8_row<const int8_t*>(p, rows, y, output, scratch);
  }
}
#endif

#if MICRONETS_DSP
/// The same for rows of the caller's bytes: the scratch, of 100 bytes at least, must be the same
/// from row 0 on.
MICRONETS_INLINE void conv2d_s8_row(const Conv2DS8& p, const Rows<Pixels>& rows, int32_t y,
                                    int8_t* output, void* scratch) {
#if MICRONETS_MVE
  if (!has_pixels3x3_s8(p) && has_mve_windows_s8(p)) {
    return conv2d_mve_s8<true>(p, mve_codes_s8(rows), y, y + 1, output);
  }
#endif
  if (!has_pixels3x3_s8(p)) return conv2d_s8_row<Pixels>(p, rows, y, output, scratch);
#if MICRONETS_MVE
  mve_pixels3x3_s8(p, rows, y, output, static_cast<MvePixels3x3S8*>(scratch),
                   mve_pixels3x3_kernel_s8(p));
  clamp_rows_s8(p, 1, output);
  pad_rows_s8(p, 1, output);
#else
  Pixels3x3S8* const filters = static_cast<Pixels3x3S8*>(scratch);
  if (p.output.channels == 3) {
    pixels3x3_ring_s8(p, rows, y, output, filters, pixels3x3_kernel_s8(p));
    clamp_rows_s8(p, 1, output);
    pad_three_s8(p, output);
  } else {
    pixels3x3_filters_s8(p, rows, y, output, filters, pixels3x3_kernel_s8(p));
    clamp_rows_s8(p, 1, output);
    pad_rows_s8(p, 1, output);
  }
#endif
}
#endif

/// Computes the whole map; input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, Input input, int8_t* output, void* scratch) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    conv2d_s8_row<Input>(p, rows_of(p.input, input), y, output + y * p.output.row_stride(),
                         scratch);
  }
}

#if MICRONETS_MVE
/// The same for codes.
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, const int8_t* input, int8_t* output,
                                void* scratch) {
  if (has_mve_windows_s8(p)) {
    conv2d_mve_s8<false>(p, rows_of(p.input, input), 0, p.output.height, output);
  } else {
    conv2d_s8<const int8_t*>(p, input, output, scratch);
  }
}
#endif

#if MICRONETS_DSP
/// The same for the caller's bytes, by the code for its window: where `p` is a constant, only that
/// is linked.
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, Pixels input, int8_t* output, void* scratch) {
#if MICRONETS_MVE
  if (has_mve_windows_s8(p)) {
    return conv2d_mve_s8<true>(p, mve_codes_s8(rows_of(p.input, input)), 0, p.output.height,
                               output);
  }
#endif
  if (has_pixels3x3_s8(p)) {
    pixels3x3_s8(p, input.data, output);
  } else {
    conv2d_s8<Pixels>(p, input, output, scratch);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONV2D_S8_H_
