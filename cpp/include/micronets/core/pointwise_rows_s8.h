// micronets/core/pointwise_rows_s8.h - rows of pixels, gathered and multiplied tile by tile.
#ifndef MICRONETS_CORE_POINTWISE_ROWS_S8_H_
#define MICRONETS_CORE_POINTWISE_ROWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/pointwise_tile_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// True where tiles compute such rows: they fill one. A constant where `p` is one.
MICRONETS_INLINE bool has_pointwise_tiles_s8(const PointwiseConv2DS8& p) {
  return p.input.width >= 3 && p.output.channels >= 2;
}

/// Columns that tiles of four pixels compute; tiles of three do the others.
MICRONETS_INLINE int32_t end_of_fours_s8(int32_t width) {
  return max_i32(0, width - (-width & 3) * 3);
}

/// All pairs of filters in the columns of the tiles of `Pixels`. The last tile moves back and
/// computes some pixels again where they do not fill it.
template <int32_t Pixels, int32_t Unrolled>
MICRONETS_INLINE void pointwise_columns_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                           int8_t* output, int32_t fours, PointwiseTileS8& tile) {
  const int32_t last = (Pixels == 4 ? fours : p.input.width) - Pixels;
  int32_t x = Pixels == 4 ? 0 : fours;
  do {
    x = min_i32(x, last);
    tile.row = row + x;
    tile.output = output + x;
    PointwiseTilesS8<Pixels, Unrolled>::run(&tile);
    x += Pixels;
  } while (x < last + Pixels);
}

/// The same in all rows of a map, whose padding the last tiles fill.
template <int32_t Pixels, int32_t Unrolled>
MICRONETS_KERNEL void pointwise_tiles_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                         int8_t* output, uint32_t* scratch) {
  const int32_t fours = end_of_fours_s8(p.input.width);
  PointwiseTileS8 tile =
      pointwise_tile_s8<Pixels, Unrolled>(p, even_s8(p.input.channels) / 2, scratch);
  int8_t* to = output;
  int32_t y = p.output.height;
  do {
    pointwise_columns_s8<Pixels, Unrolled>(p, row, to, fours, tile);
    row += p.input.planar_row_stride();
    to += p.output.planar_row_stride();
  } while (--y != 0);
  if (Pixels == 4 && fours < p.input.width) return;
  fill_padding_s8(p.output, p.output.height, p.range.zero_point, output);
}

/// The same in one row, its padding excepted.
template <int32_t Pixels, int32_t Unrolled>
MICRONETS_KERNEL void pointwise_row_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                       int8_t* output, uint32_t* scratch) {
  PointwiseTileS8 tile =
      pointwise_tile_s8<Pixels, Unrolled>(p, even_s8(p.input.channels) / 2, scratch);
  pointwise_columns_s8<Pixels, Unrolled>(p, row, output, end_of_fours_s8(p.input.width), tile);
}

typedef void PointwiseKernelS8(const PointwiseConv2DS8&, const int8_t*, int8_t*, uint32_t*);

/// The code for tiles of `Pixels` in all rows or in one.
template <int32_t Pixels>
MICRONETS_INLINE PointwiseKernelS8* pointwise_kernel_s8(const PointwiseConv2DS8& p, bool all) {
  if (p.unrolled == 8) return all ? pointwise_tiles_s8<Pixels, 8> : pointwise_row_s8<Pixels, 8>;
  return all ? pointwise_tiles_s8<Pixels, 2> : pointwise_row_s8<Pixels, 2>;
}

/// All pairs of filters of one row or of the whole map. Where `p` is a constant, only the tiles
/// that it needs are linked.
MICRONETS_INLINE void pointwise_pairs_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                         int8_t* output, uint32_t* scratch, int32_t height) {
  const int32_t fours = end_of_fours_s8(p.input.width);
  const bool all = height == p.output.height;
  if (fours > 0) pointwise_kernel_s8<4>(p, all)(p, row, output, scratch);
  if (fours < p.input.width) pointwise_kernel_s8<3>(p, all)(p, row, output, scratch);
  if (!all) pad_rows_s8(p, 1, output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_ROWS_S8_H_
