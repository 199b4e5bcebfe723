// micronets/core/mve_pixels3x3_s8.h - 3x3 windows of a row of the caller's grey pixels with Helium.
#ifndef MICRONETS_CORE_MVE_PIXELS3X3_S8_H_
#define MICRONETS_CORE_MVE_PIXELS3X3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_tiles_s8.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/mve.h"
#include "micronets/core/mve_row3x3_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// Up to three filters as `DepthwiseRowS8` reads them.
struct MvePixels3x3S8 {
  int32_t bias[3];
  int8_t weights[28];
};

MICRONETS_INLINE DepthwiseRowKernelS8* mve_pixels3x3_kernel_s8(const Conv2DS8& p) {
  return p.window.stride_x == 1   ? mve_row3x3_pixels_s8<1>
         : p.window.stride_x == 2 ? mve_row3x3_pixels_s8<2>
                                  : mve_row3x3_pixels_s8<3>;
}

/// Three filters from `first` on. Pixels count from 0 here instead of codes from -128: the bias
/// makes up. A row of a window has three weights and a zero.
MICRONETS_INLINE void mve_pack_pixels3x3_s8(const Conv2DS8& p, int32_t first,
                                            MvePixels3x3S8& filters) {
  const Bytes16 taps = {0, 1, 2, 4, 5, 6, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0};
  for (int32_t f = 0; f < 3; ++f) {
    const FilterPlaceS8 place = filter_place_s8(first + f, p.output.channels, 12);
    const Bytes16 places = taps * static_cast<uint8_t>(place.step);
    Bytes16 lanes;
    int32_t sum = 0;
    __asm__ volatile(
        "vctp.8 %[nine]; vpst; vldrbt.u8 %q[lanes], [%[from], %q[places]]\n"
        "vaddva.s8 %[sum], %q[lanes]; vpst; vstrbt.8 %q[lanes], [%[to]]\n"
        : [lanes] "=&w"(lanes), [sum] "+Te"(sum)
        : [nine] "r"(9), [from] "r"(p.weights + place.first), [places] "w"(places),
          [to] "r"(filters.weights + 9 * f)
        : "memory", MICRONETS_PREDICATE);
    filters.bias[f] = p.bias[first + f] - 128 * sum;
  }
}

/// Output row `y` of a layer that `has_pixels3x3_s8`, its padding excepted. Three filters are
/// packed for the first row and kept in `filters`; more are packed anew for each row.
inline MICRONETS_KERNEL void mve_pixels3x3_s8(const Conv2DS8& p, const Rows<Pixels>& rows,
                                              int32_t y, int8_t* output, MvePixels3x3S8* filters,
                                              DepthwiseRowKernelS8* run) {
  const int32_t columns = mve_row3x3_columns_s8(p.output.width);
  DepthwiseRowS8 row;
  row.tiles = p.output.width;
  row.zero_point = p.range.zero_point;
  row.next_output = p.output.channel_stride() - columns;
  row.weights_end = filters->weights + 27;
  for (int32_t i = 0; i < 3; ++i) row.next_channel[i] = -columns * p.window.stride_x;
  for (int32_t f = 0; f < p.output.channels; f += 3) {
    f = min_i32(f, p.output.channels - 3);
    if (y == 0 || p.output.channels != 3) mve_pack_pixels3x3_s8(p, f, *filters);
    for (int32_t i = 0; i < 3; ++i) {
      row.rows[i] = reinterpret_cast<const int8_t*>(rows.at(y * p.window.stride_y + i).data);
    }
    row.weights = filters->weights;
    row.bias = filters->bias;
    row.multiplier = p.multiplier + f;
    row.output = output + f * p.output.channel_stride();
    run(&row);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_PIXELS3X3_S8_H_
