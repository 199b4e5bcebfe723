// micronets/core/depthwise_tiles_f32.h - a run of neighbours of a depthwise 3x3 convolution.
#ifndef MICRONETS_CORE_DEPTHWISE_TILES_F32_H_
#define MICRONETS_CORE_DEPTHWISE_TILES_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// What of a window lies outside the map, as a set of bits; `outside_any` goes with the others.
const int32_t outside_none = 0;
const int32_t outside_any = 1;
const int32_t outside_after = 2;   // the row below or the column to the right
const int32_t outside_before = 4;  // the row above or the column to the left

/// `count` tiles of `Pixels` neighbours of one channel; a tile reads (Pixels - 1) * Stride + 3
/// columns of three rows.
/// rows: the first column of the first tile, which may be one before the row.
/// edges: the columns outside the map of the first tile; last_edges: of the last tile.
/// missing: the rows outside the map; their pointers are those of rows inside, as what they give
/// is multiplied by zero.
/// weights: [window y][window x]. Sums run over the rows from the top, each from the left.
template <int32_t Stride, int32_t Pixels>
struct DepthwiseTiles {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t edges,
                                   int32_t last_edges, int32_t missing, const float* weights,
                                   float bias, float* output) {
    const int32_t columns = (Pixels - 1) * Stride + 3;
    for (int32_t tile = 0; tile < count; ++tile) {
      if (tile == count - 1) edges |= last_edges;
      const int32_t begin = (edges & outside_before) != 0 ? 1 : 0;
      const int32_t end = (edges & outside_after) != 0 ? columns - 1 : columns;
      edges = outside_none;
      float sum[static_cast<uint32_t>(Pixels)];
      for (int32_t i = 0; i < Pixels; ++i) sum[i] = bias;
      for (int32_t wy = 0; wy < 3; ++wy) {
        const bool row_missing = (wy == 0 && (missing & outside_before) != 0) ||
                                 (wy == 2 && (missing & outside_after) != 0);
        for (int32_t wx = 0; wx < 3; ++wx) {
          const float weight = row_missing ? 0.0F : read(weights + wy * 3 + wx);
          for (int32_t i = 0; i < Pixels; ++i) {
            const int32_t k = i * Stride + wx;
            const float pixel = k >= begin && k < end ? rows[wy][tile * Pixels * Stride + k] : 0.0F;
            sum[i] = multiply_add(pixel, weight, sum[i]);
          }
        }
      }
      for (int32_t i = 0; i < Pixels; ++i) *output++ = sum[i];
    }
  }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_TILES_F32_H_
