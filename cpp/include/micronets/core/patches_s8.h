// micronets/core/patches_s8.h - convolutions of any window: patches, multiplied tile by tile.
#ifndef MICRONETS_CORE_PATCHES_S8_H_
#define MICRONETS_CORE_PATCHES_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/input_s8.h"
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

/// Four codes side by side, the first one lowest.
template <typename Input>
MICRONETS_INLINE uint32_t codes_4(Input values) {
  const int8_t codes[4] = {static_cast<int8_t>(values[0]), static_cast<int8_t>(values[1]),
                           static_cast<int8_t>(values[2]), static_cast<int8_t>(values[3])};
  return load_4(codes);
}
MICRONETS_INLINE uint32_t codes_4(const int8_t* values) { return load_4(values); }
MICRONETS_INLINE uint32_t codes_4(Pixels pixels) { return load_4(pixels.data) ^ 0x80808080U; }

/// A row of four windows of three values, each two behind the one before it: nine values, all of
/// them in the map. What a fourth value of a window would be meets a weight of zero.
template <typename Input>
MICRONETS_INLINE void gather_threes_s8(Input values, uint32_t* pairs) {
  const uint32_t front = codes_4(values);
  const uint32_t back = codes_4(values + 4);
  pairs[0] = lower_halves(even_bytes(front), odd_bytes(front));
  pairs[4] = pairs[1] = upper_halves(even_bytes(front), odd_bytes(front));
  pairs[5] = pairs[2] = lower_halves(even_bytes(back), odd_bytes(back));
  pairs[6] = pairs[3] = upper_halves(even_bytes(back), odd_bytes(back));
  pairs[7] = static_cast<uint32_t>(values[8]) & 0xFFFFU;
}

/// A row of `Pixels` windows of a map whose rows are runs.
template <int32_t Pixels, typename Input>
MICRONETS_INLINE void gather_row_s8(const Conv2DS8& p, Input row, int32_t first_x,
                                    uint32_t* pairs) {
  const int32_t channels = p.input.channels;
  const int32_t stride = p.window.stride_x;
  const int32_t length = p.window.width * channels;
  const int32_t end = first_x + (Pixels - 1) * stride + p.window.width;
  const bool is_whole = first_x >= 0 && end <= p.input.width;
  if (Pixels == 4 && is_whole && stride == 2 && channels == 1 && length == 3) {
    return gather_threes_s8(row + first_x, pairs);
  }
  for (int32_t pixel = 0; pixel < Pixels; ++pixel) {
    const int32_t x = first_x + pixel * stride;
    if (is_whole) {
      gather_run_s8<Pixels>(row + x * channels, 1, length, pairs + pixel);
      continue;
    }
    const Span taps = inside_map(x * channels, length, p.input.width * channels);
    gather_run_s8<Pixels>(row + x * channels, 1, taps, length, p.input_zero_point, pairs + pixel);
  }
}

/// Four bytes of each of two channels as four pairs.
MICRONETS_INLINE void pair_channels_s8(uint32_t first, uint32_t second, uint32_t* pairs) {
  pairs[0] = lower_halves(even_bytes(first), even_bytes(second));
  pairs[1] = lower_halves(odd_bytes(first), odd_bytes(second));
  pairs[2] = upper_halves(even_bytes(first), even_bytes(second));
  pairs[3] = upper_halves(odd_bytes(first), odd_bytes(second));
}

/// The channels at four places side by side, all of them in the map. Of an odd number of channels
/// the last one is paired with itself, which meets a weight of zero.
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

/// Places beside four neighbours: those whose windows of three columns read them, too. At an edge
/// of the map there is none, and a neighbour stands in for it.
struct BesideS8 {
  int32_t left;
  int32_t right;
};

/// Four words side by side by two instructions.
MICRONETS_INLINE void store_4_words(uint32_t first, uint32_t second, uint32_t third,
                                    uint32_t fourth, uint32_t* to) {
  __asm__("strd %0, %1, [%4]; strd %2, %3, [%4, #8]"
          :
          : "r"(first), "r"(second), "r"(third), "r"(fourth), "r"(to)
          : "memory");
}

/// Two channels at six columns, the middle four from `first` and `second` on, as what four windows
/// of three columns see in them; `next` words from a column of the window to the next.
MICRONETS_INLINE void pair_three_columns_s8(const int8_t* first, const int8_t* second,
                                            const BesideS8& beside, int32_t next, uint32_t* pairs) {
  const uint32_t left = lower_halves(static_cast<uint32_t>(first[beside.left]),
                                     static_cast<uint32_t>(second[beside.left]));
  uint32_t middle[4];
  pair_channels_s8(load_4(first), load_4(second), middle);
  const uint32_t right = lower_halves(static_cast<uint32_t>(first[beside.right]),
                                      static_cast<uint32_t>(second[beside.right]));
  store_4_words(left, middle[0], middle[1], middle[2], pairs);
  store_4_words(middle[0], middle[1], middle[2], middle[3], pairs + next);
  store_4_words(middle[1], middle[2], middle[3], right, pairs + 2 * next);
}

/// What windows see outside the map, in every `step`th of `count` words.
MICRONETS_INLINE void gather_outside_s8(int8_t zero_point, int32_t count, int32_t step,
                                        uint32_t* pairs) {
  const uint32_t value = static_cast<uint32_t>(zero_point);
  for (int32_t i = 0; i < count; i += step) pairs[i] = lower_halves(value, value);
}

/// A row of four windows of three columns, the next one each time, around `x`: four places of the
/// map, and one on either side that may lie outside.
inline MICRONETS_FAST_KERNEL void gather_three_columns_s8(const Conv2DS8& p, const int8_t* row,
                                                          int32_t x, uint32_t* pairs) {
  const int32_t step = p.input.channel_stride();
  const int32_t next = 2 * even_s8(p.input.channels);
  const BesideS8 beside = {x > 0 ? -1 : 0, x + 4 < p.input.width ? 4 : 3};
  const int8_t* values = row + x;
  uint32_t* to = pairs;
  int32_t left = p.input.channels;
  for (; left > 1; left -= 2) {
    pair_three_columns_s8(values, values + step, beside, next, to);
    values += 2 * step;
    to += 4;
  }
  if (left != 0) pair_three_columns_s8(values, values, beside, next, to);
  if (beside.left == 0) gather_outside_s8(p.input_zero_point, next, 4, pairs);
  if (beside.right == 3) gather_outside_s8(p.input_zero_point, next, 4, pairs + 2 * next + 3);
}

/// True where `gather_three_columns_s8` reads all tiles of this layer.
MICRONETS_INLINE bool has_three_columns_s8(const Conv2DS8& p) {
  return p.window.width == 3 && p.window.stride_x == 1 && p.padding.left <= 1 &&
         p.output.width < p.input.width + p.padding.left;
}

/// A row of `Pixels` windows of a map of planes.
template <int32_t Pixels>
MICRONETS_INLINE void gather_columns_s8(const Conv2DS8& p, const int8_t* row, int32_t first_x,
                                        uint32_t* pairs) {
  if (Pixels == 4 && has_three_columns_s8(p)) {
    return gather_three_columns_s8(p, row, first_x + 1, pairs);
  }
  const int32_t channels = p.input.channels;
  const int32_t step = p.input.channel_stride();
  const int32_t stride = p.window.stride_x;
  for (int32_t x = first_x; x < first_x + p.window.width; ++x) {
    if (Pixels == 4 && stride == 1 && x >= 0 && x + Pixels <= p.input.width) {
      gather_neighbours_s8(row + x, step, channels, pairs);
    } else {
      for (int32_t pixel = 0; pixel < Pixels; ++pixel) {
        const int32_t column = x + pixel * stride;
        const bool is_value = column >= 0 && column < p.input.width;
        const Span taps = {0, static_cast<Index>(is_value ? channels : 0)};
        gather_run_s8<Pixels>(row + column, step, taps, channels, p.input_zero_point,
                              pairs + pixel);
      }
    }
    pairs += Pixels * ((channels + 1) / 2);
  }
}

/// What the caller hands in has no planes, or one.
template <int32_t Pixels, typename Input>
MICRONETS_INLINE void gather_columns_s8(const Conv2DS8&, Input, int32_t, uint32_t*) {}

/// What all filters see at `Pixels` places, of which the first begins at the given row and column.
template <int32_t Pixels, typename Input>
MICRONETS_FAST_KERNEL void gather_tile_s8(const Conv2DS8& p, const Rows<Input>& rows,
                                          int32_t first_row, int32_t first_x, uint32_t* pairs) {
  const int32_t words = Pixels * (p.row_taps() / 2);
  for (int32_t i = first_row; i < first_row + p.window.height; ++i) {
    if (i < 0 || i >= p.input.height) {
      gather_outside_s8(p.input_zero_point, words, 1, pairs);
    } else if (p.has_long_runs()) {
      gather_row_s8<Pixels>(p, rows.at(i), first_x, pairs);
    } else {
      gather_columns_s8<Pixels>(p, rows.at(i), first_x, pairs);
    }
    pairs += words;
  }
}

/// Output row `y` of all pairs of filters; the last tile moves back and computes some pixels again
/// where `Pixels` does not divide them.
template <int32_t Pixels, int32_t Unrolled, typename Input>
MICRONETS_KERNEL void patches_row_s8(const Conv2DS8& p, const Rows<Input>& rows, int32_t y,
                                     int8_t* output, uint32_t* scratch) {
  PointwiseTileS8 tile = pointwise_tile_s8<Pixels, Unrolled>(p, p.filter_taps() / 2, scratch);
  const int32_t width = p.output.width;
  const int32_t first_row = y * p.window.stride_y - p.padding.top;
  for (int32_t x = 0; x < width; x += Pixels) {
    x = min_i32(x, width - Pixels);
    gather_tile_s8<Pixels>(p, rows, first_row, x * p.window.stride_x - p.padding.left, scratch);
    tile.output = output + x;
    PointwiseTilesS8<Pixels, Unrolled>::run(&tile);
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
  if (p.unrolled == 8) {
    (p.output.width >= 4 ? patches_row_s8<4, 8, Input>
                         : patches_row_s8<3, 8, Input>)(p, rows, y, output, scratch);
  } else {
    (p.output.width >= 4 ? patches_row_s8<4, 2, Input>
                         : patches_row_s8<3, 2, Input>)(p, rows, y, output, scratch);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_PATCHES_S8_H_
