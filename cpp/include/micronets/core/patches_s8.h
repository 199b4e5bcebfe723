// micronets/core/patches_s8.h - convolutions of any window: patches, multiplied tile by tile.
#ifndef MICRONETS_CORE_PATCHES_S8_H_
#define MICRONETS_CORE_PATCHES_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/pointwise_tile_s8.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// A run of a patch in pairs, each `Pixels` words behind the one before it: `length` values, those
/// from `inside.begin` to `inside.end` - 1 out of the map, `step` apart, the others `zero_point`.
template <int32_t Pixels, typename Input>
MICRONETS_INLINE uint32_t* gather_run_s8(Input values, int32_t step, const Span& inside,
                                         int32_t length, int32_t zero_point, uint32_t* pairs) {
  if (inside.begin != 0 || inside.end < length) {
    for (int32_t i = 0; i < length; i += 2) {
      const bool first = i >= inside.begin && i < inside.end;
      const bool second = i + 1 >= inside.begin && i + 1 < inside.end;
      *pairs = lower_halves(static_cast<uint32_t>(first ? values[i * step] : zero_point),
                            static_cast<uint32_t>(second ? values[(i + 1) * step] : zero_point));
      pairs += Pixels;
    }
    return pairs;
  }
  for (int32_t i = length / 2; i != 0; --i) {
    *pairs = lower_halves(static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[step]));
    values = values + 2 * step;
    pairs += Pixels;
  }
  if (length % 2 == 0) return pairs;
  *pairs = static_cast<uint32_t>(values[0]) & 0xFFFFU;
  return pairs + Pixels;
}

/// What all filters see at one place, whose first row and column are given.
template <int32_t Pixels, typename Input>
MICRONETS_FAST_KERNEL void gather_patch_s8(const Conv2DS8& p, const Rows<Input>& rows,
                                           int32_t first_row, int32_t first_x, uint32_t* pairs) {
  const int32_t channels = p.input.channels;
  const int32_t zero_point = p.input_zero_point;
  const Span y = inside_map(first_row, p.window.height, p.input.height);
  const Span x = inside_map(first_x, p.window.width, p.input.width);
  for (int32_t i = 0; i < p.window.height; ++i) {
    const bool inside = i >= y.begin && i < y.end;
    const Input row = rows.at(inside ? first_row + i : 0) + first_x * p.input.pixel_stride();
    if (p.has_long_runs()) {
      const Span taps = {x.begin * channels, inside ? x.end * channels : 0};
      pairs = gather_run_s8<Pixels>(row, 1, taps, p.window.width * channels, zero_point, pairs);
      continue;
    }
    for (int32_t column = 0; column < p.window.width; ++column) {
      const Span taps = {0, inside && column >= x.begin && column < x.end ? channels : 0};
      pairs = gather_run_s8<Pixels>(row + column, p.input.channel_stride(), taps, channels,
                                    zero_point, pairs);
    }
  }
}

/// Output row `y` of all pairs of filters; the last tile moves back and computes some pixels again
/// where `Pixels` does not divide them.
template <int32_t Pixels, typename Input>
MICRONETS_KERNEL void patches_row_s8(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                     int8_t* output, uint32_t* scratch) {
  PointwiseTileS8 tile = pointwise_tile_s8<Pixels>(p, p.filter_taps() / 2, scratch);
  const int32_t width = p.output.width;
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  for (int32_t x = 0; x < width; x += Pixels) {
    x = min_i32(x, width - Pixels);
    for (int32_t i = 0; i < Pixels; ++i) {
      gather_patch_s8<Pixels>(p, rows, first_row, (x + i) * p.window.stride_x - p.padding.left,
                              scratch + i);
    }
    tile.output = output + x;
    PointwiseTilesS8<Pixels>::run(&tile);
  }
}

/// True where `patches_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_patches_s8(const Conv2DS8& p) {
  return p.output.width >= 3 && p.output.channels >= 2;
}

/// Output row `y` of all pairs of filters of a layer that `has_patches_s8`.
template <typename Input>
MICRONETS_INLINE void patches_s8(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                 int8_t* output, uint32_t* scratch) {
  if (p.output.width >= 4) {
    patches_row_s8<4>(p, rows, y, output, scratch);
  } else {
    patches_row_s8<3>(p, rows, y, output, scratch);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_PATCHES_S8_H_
