// micronets/core/mve_filters_s8.h - a block of pixels times all filters with Helium.
#ifndef MICRONETS_CORE_MVE_FILTERS_S8_H_
#define MICRONETS_CORE_MVE_FILTERS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/mve.h"
#include "micronets/core/mve_products_s8.h"
#include "micronets/core/mve_requantize_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
struct MveFiltersS8 {
  const int8_t* weights;
  const int32_t* bias;
  const int32_t* multiplier;
  int32_t taps;   // weights of one filter
  int32_t count;  // of filters
  int32_t plane;  // from one output channel to the next
  int32_t zero_point;
};

/// Pixels, or windows, as rows of `pitch` bytes, and room for what becomes of them. What lies
/// behind a filter's taps in a row does not matter: there are zeros among the weights.
struct MveBlockS8 {
  int32_t* sums;    // [pixel][filter of a pair]
  int16_t* places;  // of each pixel from `output` on, below 0 where there is none
  int8_t* pixels;
  int32_t pitch;      // from one pixel to the next
  int32_t rows;       // of a window, where its taps are not all in a row of the block
  int32_t row_pitch;  // from one of those to the next
  int32_t capacity;
  int32_t count;
  int8_t* output;
};

/// What all blocks share: bytes for up to 896 taps.
enum : int32_t { mve_scratch_s8 = 992, mve_taps_s8 = 896 };

/// How many pixels are computed in a turn: 0 where they are not kept from chunk to chunk.
constexpr int32_t mve_turn_s8(int32_t taps) { return taps <= 48 ? 2 : taps <= 288 ? 3 : 1; }

/// An empty block for up to `most` pixels.
MICRONETS_INLINE MveBlockS8 mve_block_s8(int8_t* scratch, int32_t taps, int32_t most) {
  const int32_t pitch = (taps + 15) & ~15;
  const int32_t turn = mve_turn_s8(taps);
  const int32_t fitting = 920 / (pitch + 10) / turn * turn;
  const int32_t eights_fitting = fitting < 32 ? fitting : 32;  // no rest to requantize
  const int32_t capacity = min_i32(eights_fitting, (most + turn - 1) / turn * turn);
  const int32_t eights = (capacity + 7) & ~7;
  MveBlockS8 block;
  block.sums = reinterpret_cast<int32_t*>(scratch);
  block.places = reinterpret_cast<int16_t*>(scratch + 8 * eights);
  block.pixels = scratch + 10 * eights;
  block.pitch = pitch;
  block.rows = 1;
  block.row_pitch = 0;
  block.capacity = min_i32(capacity, most);
  block.count = 0;
  block.output = nullptr;
  return block;
}

/// The products of a pair of filters that are kept in registers.
template <int32_t Chunks>
MICRONETS_INLINE void mve_kept_sums_s8(const int8_t* pixels, int32_t turns, bool paired,
                                       const int8_t* first, const int8_t* second, int32_t rest,
                                       int32_t* sums) {
  MveWeightsS8 loaded[3];
  if (paired) {
    for (int32_t i = 0; i < Chunks - 1; ++i) loaded[i] = load_paired_s8(first + 32 * i);
    loaded[Chunks - 1] = load_last_paired_s8(first + 32 * (Chunks - 1), rest);
  } else {
    for (int32_t i = 0; i < Chunks; ++i) {
      const int32_t count = i == Chunks - 1 ? rest : 16;
      loaded[i] = load_rows_s8(first + 16 * i, second + 16 * i, count);
    }
  }
  mve_resident_products_s8<Chunks>(loaded, pixels, turns, sums);
}

/// The products of a pair of filters, three pixels at a time.
MICRONETS_INLINE void mve_streamed_sums_s8(const MveBlockS8& block, bool paired,
                                           const int8_t* first, const int8_t* second,
                                           int32_t taps) {
  alignas(8) int8_t last[32];
  MveStreamS8 stream;
  stream.first = first;
  stream.second = second;
  stream.count = taps / block.rows;
  stream.sums = block.sums;
  stream.last = nullptr;
  stream.rows = block.rows;
  stream.next_weights = stream.count - ((stream.count + 15) & ~15);
  stream.next_pixels = stream.next_weights + block.row_pitch - stream.count;
  if (paired) {
    stream.count = taps / 16;
    if (taps % 16 != 0) {
      mve_fill_bytes(last, 0, 32);
      mve_copy_bytes(first + 32 * stream.count, (taps % 16 + 1) / 2 * 4, last);
      stream.last = last;
    }
  }
  const int8_t* pixels = block.pixels;
  for (int32_t left = block.count; left > 0; left -= 3) {
    stream.pixels[0] = pixels;
    stream.pixels[1] = left > 1 ? pixels + block.pitch : pixels;
    stream.pixels[2] = left > 2 ? pixels + 2 * block.pitch : pixels;
    if (paired) {
      mve_paired_products_s8(&stream);
    } else {
      mve_row_products_s8(&stream);
    }
    pixels += 3 * block.pitch;
  }
}

/// All filters at the pixels of a block. `Chunks`: of 16 taps, if those of a pair of filters are
/// kept in registers; else 0.
template <int32_t Chunks>
MICRONETS_FAST_KERNEL void mve_filters_s8(const MveFiltersS8& f, const MveBlockS8& block) {
  const int32_t taps = f.taps;
  const int32_t next_pair = 2 * even_s8(taps);
  const int32_t turns = (block.count + 1) / 2;
  const int32_t plane = f.plane;
  const int8_t* const pixels = block.pixels;
  const int8_t* weights = f.weights;
  const int32_t* bias = f.bias;
  const int32_t* multiplier = f.multiplier;
  int8_t* output = block.output;
  MvePairS8 pair;
  pair.sums = block.sums;
  pair.places = block.places;
  pair.blocks = (block.count + 7) / 8;
  pair.zero_point = f.zero_point;
  if (block.count % 8 != 0) {
    mve_fill_bytes(block.places + block.count, -1, 2 * (8 * pair.blocks - block.count));
  }
  for (int32_t left = f.count; left > 0; left -= 2) {
    const int32_t next = left == 1 ? 0 : 1;
    const int8_t* const second = weights + next;
    const bool paired = left != 1;
    if (Chunks == 0) {
      mve_streamed_sums_s8(block, paired, weights, second, taps);
    } else {
      mve_kept_sums_s8<(Chunks == 0 ? 1 : Chunks)>(pixels, turns, paired, weights, second,
                                                   taps - 16 * (Chunks - 1), pair.sums);
    }
    pair.bias[0] = bias[0];
    pair.bias[1] = bias[next];
    pair.multiplier[0] = multiplier[0];
    pair.multiplier[1] = multiplier[next];
    pair.output[0] = output;
    pair.output[1] = output + next * plane;
    mve_requantize_pair_s8(&pair);
    output += 2 * plane;
    weights += next_pair;
    bias += 2;
    multiplier += 2;
  }
}

/// True where a block can hold the places of any row and what a filter reads.
MICRONETS_INLINE bool has_mve_filters_s8(const Shape& output, int32_t taps) {
  return taps <= mve_taps_s8 && output.row_stride() < 16384;
}

/// Brings what `count` outputs of row `y` read, from column `x` on, to rows that are `pitch` apart.
/// `params` are those of the layer.
typedef void (*MveFillS8)(const void* params, const Rows<const int8_t*>& rows, int32_t y, int32_t x,
                          int32_t count, int8_t* pixels, int32_t pitch);
typedef void (*MveMultiplyS8)(const MveFiltersS8& filters, const MveBlockS8& block);

/// All filters at output rows `y` to `end` - 1, a block of pixels after the other. One copy of this
/// serves all layers; what it calls is linked where a layer names it.
inline MICRONETS_KERNEL void mve_rows_s8(const void* params, const Shape& output,
                                         const Rows<const int8_t*>& rows, int32_t y, int32_t end,
                                         const MveFiltersS8& filters, MveFillS8 fill,
                                         MveMultiplyS8 multiply, int8_t* to) {
  alignas(8) int8_t scratch[mve_scratch_s8];
  const int32_t width = output.width;
  MveBlockS8 block = mve_block_s8(scratch, filters.taps, (end - y) * width);
  int32_t place = 0;
  block.output = to;
  for (; y < end; ++y) {
    for (int32_t x = 0; x < width;) {
      const int32_t count = min_i32(width - x, block.capacity - block.count);
      fill(params, rows, y, x, count, block.pixels + block.count * block.pitch, block.pitch);
      mve_places_s8(block.places + block.count, place + x, count);
      block.count += count;
      x += count;
      const bool last = x == width && (y + 1 == end || place >= 16384);
      if (block.count < block.capacity && !last) continue;
      multiply(filters, block);
      block.count = 0;
      block.output += place;
      place = 0;
    }
    place += output.row_stride();
  }
}

/// The code for the number of taps: where it is a constant, only that is linked.
MICRONETS_INLINE MveMultiplyS8 mve_multiply_s8(int32_t taps) {
  return taps <= 16   ? mve_filters_s8<1>
         : taps <= 32 ? mve_filters_s8<2>
         : taps <= 48 ? mve_filters_s8<3>
                      : mve_filters_s8<0>;
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_FILTERS_S8_H_
