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
/// A run of a patch in pairs, each `Pixels` words behind the one before it: `length` values, `step`
/// apart, all of them in the map.
template <int32_t Pixels, typename Input>
MICRONETS_INLINE void gather_run_s8(Input values, int32_t step, int32_t length, uint32_t* pairs) {
  for (; length > 1; length -= 2) {
    *pairs = lower_halves(static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[step]));
    values = values + 2 * step;
    pairs += Pixels;
  }
  if (length != 0) *pairs = static_cast<uint32_t>(values[0]) & 0xFFFFU;
}

/// The same where only those from `inside.begin` to `inside.end` - 1 are in the map, the others
/// `zero_point`.
template <int32_t Pixels, typename Input>
MICRONETS_INLINE void gather_run_s8(Input values, int32_t step, const Span& inside, int32_t length,
                                    int32_t zero_point, uint32_t* pairs) {
  if (inside.begin == 0 && inside.end >= length) {
    return gather_run_s8<Pixels>(values, step, length, pairs);
  }
  for (int32_t i = 0; i < length; i += 2) {
    const bool first = i >= inside.begin && i < inside.end;
    const bool second = i + 1 >= inside.begin && i + 1 < inside.end;
    *pairs = lower_halves(static_cast<uint32_t>(first ? values[i * step] : zero_point),
                          static_cast<uint32_t>(second ? values[(i + 1) * step] : zero_point));
    pairs += Pixels;
  }
}

/// `channels` values, `step` apart, at each of four places side by side, all of them in the map.
template <typename Input>
MICRONETS_INLINE void gather_neighbours_s8(Input values, int32_t step, int32_t channels,
                                           uint32_t* pairs) {
  for (int32_t i = 0; i < 4; ++i) gather_run_s8<4>(values + i, step, channels, pairs + i);
}

/// Four bytes of each of two channels as four pairs.
MICRONETS_INLINE void pair_channels_s8(uint32_t first, uint32_t second, uint32_t* pairs) {
  pairs[0] = lower_halves(even_bytes(first), even_bytes(second));
  pairs[1] = lower_halves(odd_bytes(first), odd_bytes(second));
  pairs[2] = upper_halves(even_bytes(first), even_bytes(second));
  pairs[3] = upper_halves(odd_bytes(first), odd_bytes(second));
}

/// The same four bytes at a time. Of an odd number of channels the last one is paired with itself,
/// which meets a weight of zero.
MICRONETS_INLINE void gather_neighbours_s8(const int8_t* values, int32_t step, int32_t channels,
                                           uint32_t* pairs) {
  const int8_t* const end = values + (channels & ~1) * step;
  while (values != end) {
    pair_channels_s8(load_4(values), load_4(values + step), pairs);
    values += 2 * step;
    pairs += 4;
  }
  if (channels % 2 != 0) pair_channels_s8(load_4(values), load_4(values), pairs);
}

/// What all filters see at `Pixels` places, of which the first begins at the given row and column.
template <int32_t Pixels, typename Input>
MICRONETS_FAST_KERNEL void gather_tile_s8(const Conv2DS8& p, const Rows<Input>& rows,
                                          int32_t first_row, int32_t first_x, uint32_t* pairs) {
  const int32_t channels = p.input.channels;
  const int32_t zero_point = p.input_zero_point;
  const int32_t stride = p.window.stride_x;
  const bool has_neighbours = Pixels == 4 && stride == 1 && !p.has_long_runs();
  for (int32_t i = first_row; i < first_row + p.window.height; ++i) {
    const bool inside = i >= 0 && i < p.input.height;
    const Input row = rows.at(inside ? i : 0);
    if (p.has_long_runs()) {
      const int32_t length = p.window.width * channels;
      const int32_t end = first_x + (Pixels - 1) * stride + p.window.width;
      const bool is_whole = inside && first_x >= 0 && end <= p.input.width;
      for (int32_t pixel = 0; pixel < Pixels; ++pixel) {
        const int32_t x = first_x + pixel * stride;
        if (is_whole) {
          gather_run_s8<Pixels>(row + x * channels, 1, length, pairs + pixel);
          continue;
        }
        const Span taps = inside_map(x * channels, length, inside ? p.input.width * channels : 0);
        gather_run_s8<Pixels>(row + x * channels, 1, taps, length, zero_point, pairs + pixel);
      }
      pairs += Pixels * ((length + 1) / 2);
      continue;
    }
    for (int32_t x = first_x; x < first_x + p.window.width; ++x) {
      if (has_neighbours && inside && x >= 0 && x + Pixels <= p.input.width) {
        gather_neighbours_s8(row + x, p.input.channel_stride(), channels, pairs);
      } else {
        for (int32_t pixel = 0; pixel < Pixels; ++pixel) {
          const int32_t column = x + pixel * stride;
          const bool is_value = inside && column >= 0 && column < p.input.width;
          const Span taps = {0, static_cast<Index>(is_value ? channels : 0)};
          gather_run_s8<Pixels>(row + column, p.input.channel_stride(), taps, channels, zero_point,
                                pairs + pixel);
        }
      }
      pairs += Pixels * ((channels + 1) / 2);
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
    gather_tile_s8<Pixels>(p, rows, first_row, x * p.window.stride_x - p.padding.left, scratch);
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
