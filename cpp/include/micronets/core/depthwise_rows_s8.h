// micronets/core/depthwise_rows_s8.h - which depthwise rows the DSP extension computes, and how.
#ifndef MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
#define MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_tiles_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
typedef void DepthwiseTilesKernelS8(const DepthwiseTilesS8*);

/// True where `depthwise_tiles_s8` computes this layer: its windows find their padding in the map,
/// or need none at their sides, and half a tile too many finds room in the output. A constant where
/// `p` is one.
MICRONETS_INLINE bool has_depthwise_tiles_s8(const DepthwiseConv2DS8& p) {
  const int32_t end = (p.output.width - 1) * p.window.stride_x - p.padding.left + 3;
  const int32_t gap = p.input.is_padded() ? 1 : 0;
  return p.window.height == 3 && p.window.width == 3 && p.window.stride_x <= 2 &&
         p.filters_per_channel() == 1 && p.input.is_planar() && p.padding.left <= gap &&
         end <= p.input.width + gap && p.input.width <= 240 &&
         (p.output.width % 2 == 0 || p.output.is_padded());
}

MICRONETS_INLINE DepthwiseTilesKernelS8* depthwise_tiles_kernel_s8(const DepthwiseConv2DS8& p) {
  return p.window.stride_x == 1 ? depthwise_tiles_stride1_s8 : depthwise_tiles_stride2_s8;
}

/// Output rows `y` to `end` - 1 of a layer that `has_depthwise_tiles_s8`, by the code for its
/// stride. Up to five values behind a row of the input are read.
template <typename Source>
MICRONETS_INLINE void depthwise_tiles_s8(const DepthwiseConv2DS8& p, const Source& rows, int32_t y,
                                         int32_t end, int8_t* output, DepthwiseTilesKernelS8* run) {
  const int32_t plane = p.input.channel_stride();
  const int32_t stride = p.window.stride_y;
  uint32_t padding_row[62];
  const int32_t top = y * stride - p.padding.top;
  if (rows.contiguous() || top < 0 || top + 3 > p.input.height) {
    int32_t word = p.input.width / 4 + 1;
    do {
      padding_row[word] = static_cast<uint8_t>(p.input_zero_point) * 0x1010101U;
    } while (--word >= 0);
  }
  DepthwiseTilesS8 tiles;
  tiles.zero_point = p.range.zero_point;
  tiles.tiles = (p.output.width + 1) / 2;
  tiles.row_skip = stride * rows.stride - tiles.tiles * 2 * p.window.stride_x;
  tiles.output_skip = p.output.planar_row_stride() - tiles.tiles * 2;
  tiles.next_output = p.output.channel_stride();
  tiles.channels = p.output.channels;
  do {
    const int32_t first = y * stride - p.padding.top;
    // How many rows have all of their windows in the map, one after the other.
    const int32_t last = p.input.height - 3;
    const bool whole = first >= 0 && first <= last && rows.contiguous();
    tiles.count = whole ? min_i32(end - y, (last - first) / stride + 1) : 1;
    int32_t i = 0;
    do {
      const bool inside = first + i >= 0 && first + i < p.input.height;
      tiles.rows[i] = inside ? rows.at(first + i) - p.padding.left
                             : reinterpret_cast<const int8_t*>(padding_row);
      tiles.next_channel[i] = inside ? plane : 0;
    } while (++i != 3);
    tiles.weights = p.weights;
    tiles.bias = p.bias;
    tiles.multiplier = p.multiplier;
    tiles.output = output;
    run(&tiles);
    y += tiles.count;
    output += tiles.count * p.output.planar_row_stride();
  } while (y < end);
}

/// The whole map.
inline MICRONETS_KERNEL void depthwise_map_s8(const DepthwiseConv2DS8& p, const int8_t* input,
                                              int8_t* output, DepthwiseTilesKernelS8* run) {
  depthwise_tiles_s8(p, WholeMap<const int8_t*>{input, p.input.planar_row_stride()}, 0,
                     p.output.height, output, run);
  fill_padding_s8(p.output, p.output.height, p.range.zero_point, output);
}

/// Output row `y`.
inline MICRONETS_KERNEL void depthwise_row_s8(const DepthwiseConv2DS8& p,
                                              const Rows<const int8_t*>& rows, int32_t y,
                                              int8_t* output, DepthwiseTilesKernelS8* run) {
  depthwise_tiles_s8(p, rows, y, y + 1, output, run);
  fill_padding_s8(p.output, 1, p.range.zero_point, output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
