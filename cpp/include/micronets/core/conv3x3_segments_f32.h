// micronets/core/conv3x3_segments_f32.h - 3x3 convolution of pixels and interleaved maps.
#ifndef MICRONETS_CORE_CONV3X3_SEGMENTS_F32_H_
#define MICRONETS_CORE_CONV3X3_SEGMENTS_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/conv3x3_tile_f32.h"
#include "micronets/core/copy_values_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The columns of one channel that the windows of one segment of the output read, as floats, of the
/// last three rows: a value is converted once for all filters and all windows above each other.
struct Conv3x3Segment {
  static constexpr int32_t capacity() { return 36; }

  float values[3][36];
  float* window[3];  // the rows, the last one at the end

  /// Columns outside the map stay zero.
  MICRONETS_INLINE void clear() {
    memset(values, 0, sizeof values);
    for (int32_t i = 0; i < 3; ++i) window[i] = values[i];
  }

  /// Drops the oldest row; returns where to put the next one.
  MICRONETS_INLINE float* advance() {
    float* const oldest = window[0];
    window[0] = window[1];
    window[1] = window[2];
    return window[2] = oldest;
  }
};

/// `width` neighbours of `Filters` output channels, from `count` rows. The sums begin with `start`,
/// four equal values for each filter, or, where they go on over several input channels (`go_on`),
/// with the output. Where fewer than 4 neighbours are left, they are computed in `start`.
template <int32_t Stride, int32_t Filters>
MICRONETS_INLINE void conv3x3_segment_f32(const float* const* window, int32_t count, int32_t width,
                                          const float* weights, bool go_on, float* start,
                                          float* output, int32_t next_filter) {
  int32_t x = 0;
  for (; x + 4 <= width; x += 4) {
    const float* const from = go_on ? output + x : start;
    Conv3x3Tile<Stride, Filters>::run(window, count, x * Stride, weights, from,
                                      go_on ? next_filter : 4, output + x, next_filter);
  }
  if (x == width) return;
  for (int32_t f = 0; go_on && f < Filters; ++f) {
    for (int32_t i = x; i < width; ++i) start[f * 4 + i - x] = output[f * next_filter + i];
  }
  Conv3x3Tile<Stride, Filters>::run(window, count, x * Stride, weights, start, 4, start, 4);
  for (int32_t f = 0; f < Filters; ++f) {
    for (int32_t i = x; i < width; ++i) output[f * next_filter + i] = start[f * 4 + i - x];
  }
}

/// Adds what input channel `channel` gives to `width` neighbours of all output channels: `blocks`
/// blocks of `Filters`. The first of the `count` rows meets row `skipped` of the windows.
template <int32_t Stride, int32_t Filters>
MICRONETS_INLINE void conv3x3_blocks_f32(const Conv2D& p, const float* const* window, int32_t count,
                                         int32_t skipped, int32_t channel, int32_t blocks,
                                         int32_t width, const float* weights, const float* bias,
                                         float* output) {
  float start[4 * static_cast<uint32_t>(Filters)];
  weights += (channel * 3 + skipped) * Filters * 3;
  for (int32_t block = 0; block < blocks; ++block) {
    for (int32_t i = 0; i < 4 * Filters; ++i) start[i] = read_bias(bias, i / 4);
    conv3x3_segment_f32<Stride, Filters>(window, count, width, weights, channel != 0, start, output,
                                         p.output.width);
    weights += Filters * 9 * p.input.channels;
    bias = bias == nullptr ? bias : bias + Filters;
    output += Filters * p.output.width;
  }
}

/// Rows `y` to `end` - 1, in segments from top to bottom. `Singles`: the output channels are no
/// multiple of 3.
template <int32_t Stride, bool Singles, typename Input>
MICRONETS_FAST_KERNEL void conv3x3_segments_f32(const Conv2D& p, const Rows<Input>& rows, int32_t y,
                                                int32_t end, const float* weights,
                                                const float* bias, float* output) {
  // Not of the constant `Stride`: gcc would repeat the tile for every place in a segment.
  const int32_t longest = ((Conv3x3Segment::capacity() - 3) / p.window.stride_x + 1) / 4 * 4;
  const int32_t blocks = p.output.channels / 3;
  const int32_t step = p.input.pixel_stride();
  Conv3x3Segment segment;
  for (int32_t c = 0; c < p.input.channels; ++c) {
    for (int32_t x = 0; x < p.output.width; x += longest) {
      const int32_t width = min_i32(longest, p.output.width - x);
      const int32_t first_x = x * Stride - p.padding.left;
      const int32_t column = max_i32(0, -first_x);
      const int32_t columns = min_i32((width - 1) * Stride + 3, p.input.width - first_x) - column;
      const int32_t place = c * p.input.channel_stride() + (first_x + column) * step;
      float* to = output + x;
      int32_t next = 0;
      segment.clear();
      for (int32_t row = y; row < end; ++row) {
        const int32_t top = row * p.window.stride_y - p.padding.top;
        const int32_t begin = max_i32(0, top);
        const int32_t bottom = max_i32(begin, min_i32(p.input.height, top + 3));
        const int32_t count = bottom - begin;
        for (next = max_i32(next, begin); next < bottom; ++next) {
          float* const values = segment.advance() + column;
          if (columns > 0) copy_values_f32(rows.at(next) + place, step, columns, values);
        }
        const float* const* window = segment.window + 3 - count;
        conv3x3_blocks_f32<Stride, 3>(p, window, count, begin - top, c, blocks, width, weights,
                                      bias, to);
        if (Singles) {
          conv3x3_blocks_f32<Stride, 1>(p, window, count, begin - top, c, p.output.channels % 3,
                                        width, weights + blocks * 27 * p.input.channels,
                                        bias == nullptr ? bias : bias + blocks * 3,
                                        to + blocks * 3 * p.output.width);
        }
        to += p.output.row_stride();
      }
    }
  }
  activate_row_f32(p.activation, p.ceiling, output, (end - y) * p.output.row_stride());
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV3X3_SEGMENTS_F32_H_
