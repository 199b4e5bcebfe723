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

/// All pairs of filters in `height` rows that follow each other: the columns of the tiles of
/// `Pixels`. The last tile moves back and computes some pixels again where they do not fill it.
template <int32_t Pixels>
MICRONETS_KERNEL void pointwise_tiles_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                         int8_t* output, uint32_t* scratch, int32_t height) {
  const int32_t width = p.input.width;
  const int32_t fours = end_of_fours_s8(width);
  const int32_t last = (Pixels == 4 ? fours : width) - Pixels;
  PointwiseTileS8 tile = pointwise_tile_s8<Pixels>(p, even_s8(p.input.channels) / 2, scratch);
  int8_t* to = output;
  int32_t y = height;
  do {
    int32_t x = Pixels == 4 ? 0 : fours;
    do {
      x = min_i32(x, last);
      tile.row = row + x;
      tile.output = to + x;
      PointwiseTilesS8<Pixels>::run(&tile);
      x += Pixels;
    } while (x < last + Pixels);
    row += p.input.planar_row_stride();
    to += p.output.planar_row_stride();
  } while (--y != 0);
  fill_padding_s8(p.output, height, p.range.zero_point, output);
}

/// All pairs of filters of rows that follow each other. Where `p` is a constant, only the tiles
/// that it needs are linked.
MICRONETS_INLINE void pointwise_pairs_s8(const PointwiseConv2DS8& p, const int8_t* row,
                                         int8_t* output, uint32_t* scratch, int32_t height) {
  const int32_t fours = end_of_fours_s8(p.input.width);
  if (fours > 0) pointwise_tiles_s8<4>(p, row, output, scratch, height);
  if (fours < p.input.width) pointwise_tiles_s8<3>(p, row, output, scratch, height);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_ROWS_S8_H_
