// micronets/core/depthwise_rows_s8.h - which depthwise rows the DSP extension computes, and how.
#ifndef MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
#define MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_tiles_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// Whether the last window of a row reaches beyond the map.
MICRONETS_INLINE bool ends_outside(const DepthwiseConv2DS8& p) {
  return (p.output.width - 1) * p.window.stride_x - p.padding.left + 3 > p.input.width;
}

/// How many tiles lie between those at the edges.
MICRONETS_INLINE int32_t inner_tiles_s8(const DepthwiseConv2DS8& p) {
  const int32_t last = ends_outside(p) && p.output.width % 2 == 0 ? 1 : 0;
  return p.output.width / 2 - p.padding.left - last;
}

/// True where `depthwise_row_3x3_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_depthwise_tiles_s8(const DepthwiseConv2DS8& p) {
  return p.window.height == 3 && p.window.width == 3 && p.window.stride_x <= 2 &&
         p.padding.left <= 1 && p.padding.right <= 1 && p.multiplier() == 1 &&
         p.input.layout == Layout::planar && p.input.width >= (p.window.stride_x == 1 ? 3 : 4) &&
         p.input.width <= 248 && p.output.width >= 2 && inner_tiles_s8(p) >= 0;
}

template <int32_t Stride>
MICRONETS_INLINE void run_depthwise_tiles_s8(const DepthwiseTilesS8* tiles) {
  if (Stride == 1) {
    depthwise_tiles_stride1_s8(tiles);
  } else {
    depthwise_tiles_stride2_s8(tiles);
  }
}

/// One channel of a row of three: copied, because a load of four bytes would leave the map.
inline MICRONETS_KERNEL void depthwise_copied_s8(const DepthwiseTilesS8& tiles, int32_t channel,
                                                 int32_t width) {
  int8_t copy[3][8];
  DepthwiseTilesS8 one = tiles;
  for (int32_t i = 0; i < 3; ++i) {
    const int8_t* const from = tiles.rows[i] + channel * tiles.next_channel[i];
    for (int32_t x = 0; x < 3; ++x) copy[i][x + 1] = from[x];
    one.rows[i] = copy[i] + 1;
  }
  one.weights += channel * 9;
  one.bias += channel;
  one.multiplier += channel;
  one.output += channel * width;
  one.channels = 1;
  depthwise_tiles_stride1_s8(&one);
}

/// A row of three columns, channel by channel at both ends: four bytes reach into the neighbours,
/// which the outermost channels do not have.
inline MICRONETS_KERNEL void depthwise_narrow_row_s8(DepthwiseTilesS8 tiles, int32_t width) {
  const int32_t last = tiles.channels - 1;
  depthwise_copied_s8(tiles, 0, width);
  if (last > 0) depthwise_copied_s8(tiles, last, width);
  if (last < 2) return;
  for (int32_t i = 0; i < 3; ++i) tiles.rows[i] += tiles.next_channel[i];
  tiles.weights += 9;
  tiles.bias += 1;
  tiles.multiplier += 1;
  tiles.output += width;
  tiles.channels = last - 1;
  depthwise_tiles_stride1_s8(&tiles);
}

/// The last output of each channel, with the one before it once more.
template <int32_t Stride>
MICRONETS_KERNEL void depthwise_last_column_s8(DepthwiseTilesS8 tiles, int32_t first_x,
                                               int32_t width) {
  for (int32_t i = 0; i < 3; ++i) tiles.rows[i] += first_x;
  tiles.output += width - 2;
  tiles.left = -1;
  tiles.inner = 1;
  tiles.skip = width - 2;
  run_depthwise_tiles_s8<Stride>(&tiles);
}

/// Output rows `y` to `end` - 1 of a layer that `has_depthwise_tiles_s8`.
template <int32_t Stride>
MICRONETS_FAST_KERNEL void depthwise_rows_3x3_s8(const DepthwiseConv2DS8& p,
                                                 const Rows<const int8_t*>& rows, int32_t y,
                                                 int32_t end, const int8_t* weights,
                                                 const int32_t* bias, const int32_t* multiplier,
                                                 int8_t* output) {
  const int32_t zero_point = p.input_zero_point;
  const int32_t input_width = p.input.width;
  const int32_t width = p.output.width;
  const bool outside = ends_outside(p);
  int8_t padding_row[256];
  memset(padding_row, zero_point, static_cast<uint32_t>(input_width) + 8);
  DepthwiseTilesS8 tiles;
  tiles.weights = weights;
  tiles.bias = bias;
  tiles.multiplier = multiplier;
  tiles.zero_point = p.range.zero_point;
  tiles.left = p.padding.left == 0 ? -1 : zero_point & 0xFF;
  tiles.inner = inner_tiles_s8(p);
  tiles.right = !outside ? -1 : width % 2 * Stride;
  tiles.right_zero = Stride == 1 ? zero_point * 0x1000000 : zero_point;
  tiles.channels = p.output.channels;
  tiles.skip = outside ? 0 : width % 2;
  for (; y < end; ++y) {
    int32_t row = y * p.window.stride_y - p.padding.top;
    for (int32_t i = 0; i < 3; ++i) {
      const bool inside = row >= 0 && row < p.input.height;
      tiles.rows[i] = inside ? rows.at(row) : padding_row + 4;
      tiles.next_channel[i] = inside ? input_width : 0;
      ++row;
    }
    tiles.output = output;
    if (Stride == 1 && input_width == 3) {
      depthwise_narrow_row_s8(tiles, width);
    } else {
      run_depthwise_tiles_s8<Stride>(&tiles);
      if (tiles.skip != 0) {
        depthwise_last_column_s8<Stride>(tiles, (width - 2) * Stride - p.padding.left, width);
      }
    }
    output += p.output.row_stride();
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
