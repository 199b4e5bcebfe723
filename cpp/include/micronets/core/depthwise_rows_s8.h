// micronets/core/depthwise_rows_s8.h - which depthwise rows the DSP extension computes, and how.
#ifndef MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
#define MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/depthwise_tiles_s8.h"
#include "micronets/core/mve_row3x3_s8.h"
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

MICRONETS_INLINE DepthwiseRowKernelS8* depthwise_row_kernel_s8(const DepthwiseConv2DS8& p) {
#if MICRONETS_MVE
  return mve_row3x3_kernel_s8(p.output.width, p.window.stride_x);
#else
  return p.window.stride_x == 1 ? depthwise_row_stride1_s8 : depthwise_row_stride2_s8;
#endif
}

/// A row of zero points, as long as tiles may read.
struct PaddingRowS8 {
  uint32_t words[62];

  const int8_t* data() const { return reinterpret_cast<const int8_t*>(words); }
  MICRONETS_INLINE void fill(const DepthwiseConv2DS8& p) {
    int32_t word = p.input.width / 4 + 1;
    do {
      words[word] = static_cast<uint8_t>(p.input_zero_point) * 0x1010101U;
    } while (--word >= 0);
  }
};

/// The map of a layer that `has_depthwise_tiles_s8`, by the code for its stride. Up to five values
/// behind the input are read.
inline MICRONETS_KERNEL void depthwise_map_s8(const DepthwiseConv2DS8& p, const int8_t* input,
                                              int8_t* output, DepthwiseTilesKernelS8* run) {
  const int32_t plane = p.input.channel_stride();
  const int32_t pitch = p.input.planar_row_stride();
  const int32_t stride = p.window.stride_y;
  PaddingRowS8 padding;
  padding.fill(p);
  DepthwiseTilesS8 tiles;
  tiles.zero_point = p.range.zero_point;
  tiles.tiles = (p.output.width + 1) / 2;
  tiles.row_skip = stride * pitch - tiles.tiles * 2 * p.window.stride_x;
  tiles.output_skip = p.output.planar_row_stride() - tiles.tiles * 2;
  tiles.next_output = p.output.channel_stride();
  tiles.channels = p.output.channels;
  int8_t* to = output;
  int32_t y = 0;
  do {
    const int32_t first = y * stride - p.padding.top;
    // How many rows have all of their windows in the map, one after the other.
    const int32_t last = p.input.height - 3;
    const bool whole = first >= 0 && first <= last;
    tiles.count = whole ? min_i32(p.output.height - y, (last - first) / stride + 1) : 1;
    int32_t i = 0;
    do {
      const bool inside = first + i >= 0 && first + i < p.input.height;
      tiles.rows[i] = inside ? input + (first + i) * pitch - p.padding.left : padding.data();
      tiles.next_channel[i] = inside ? plane : 0;
    } while (++i != 3);
    tiles.weights = p.weights;
    tiles.bias = p.bias;
    tiles.multiplier = p.multiplier;
    tiles.output = to;
    run(&tiles);
    y += tiles.count;
    to += tiles.count * p.output.planar_row_stride();
  } while (y < p.output.height);
  fill_padding_s8(p.output, p.output.height, p.range.zero_point, output);
}

/// Output row `y`, its padding excepted. Up to five values behind a row of the input are read, with
/// Helium none.
inline MICRONETS_KERNEL void depthwise_row_s8(const DepthwiseConv2DS8& p,
                                              const Rows<const int8_t*>& rows, int32_t y,
                                              int8_t* output, DepthwiseRowKernelS8* run) {
  const int32_t first = y * p.window.stride_y - p.padding.top;
  DepthwiseRowS8 row;
#if MICRONETS_MVE
  row.tiles = p.output.width;
  const int32_t columns = mve_row3x3_columns_s8(p.output.width);
  const int32_t back = mve_row3x3_values_s8(p.output.width, p.window.stride_x);
#else
  row.tiles = (p.output.width + 1) / 2;
  const int32_t columns = row.tiles * 2;
  const int32_t back = columns * p.window.stride_x;
#endif
  const int32_t next = p.input.channel_stride() - back;
  const int8_t* const begin = rows.data - p.padding.left;
  const int8_t* const end = begin + rows.capacity * rows.stride;
  const int8_t* from = begin + (first + rows.capacity) % rows.capacity * rows.stride;
  row.next_channel[0] = next;
  row.next_channel[1] = next;
  row.next_channel[2] = next;
  row.rows[0] = from;
  from += rows.stride;
  if (from == end) from = begin;
  row.rows[1] = from;
  from += rows.stride;
  if (from == end) from = begin;
  row.rows[2] = from;
  PaddingRowS8 padding;
  if (first < 0 || first + 3 > p.input.height) {
    padding.fill(p);
    int32_t i = 0;
    do {
      if (static_cast<uint32_t>(first + i) < p.input.height) continue;
      row.next_channel[i] = -back;
      row.rows[i] = padding.data();
    } while (++i != 3);
  }
  row.next_output = p.output.channel_stride() - columns;
  row.weights = p.weights;
  row.weights_end = p.weights + 9 * p.output.channels;
  row.zero_point = p.range.zero_point;
  row.bias = p.bias;
  row.multiplier = p.multiplier;
  row.output = output;
  run(&row);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_ROWS_S8_H_
