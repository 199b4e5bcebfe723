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
/// How filters lie in memory: in pairs, as `pointwise_conv2d_s8` describes, or one after the other.
enum class MveOrder : int32_t { pairs, rows };

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
  int32_t pitch;
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
  const int32_t capacity = min_i32(fitting, (most + turn - 1) / turn * turn);
  const int32_t eights = (capacity + 7) & ~7;
  MveBlockS8 block;
  block.sums = reinterpret_cast<int32_t*>(scratch);
  block.places = reinterpret_cast<int16_t*>(scratch + 8 * eights);
  block.pixels = scratch + 10 * eights;
  block.pitch = pitch;
  block.capacity = min_i32(capacity, most);
  block.count = 0;
  block.output = nullptr;
  return block;
}

/// The products of a pair of filters that are kept in registers.
template <int32_t Chunks, MveOrder Order>
MICRONETS_INLINE void mve_kept_sums_s8(const MveBlockS8& block, const int8_t* first,
                                       const int8_t* second, int32_t taps) {
  MveWeightsS8 loaded[3];
  if (Order == MveOrder::pairs && second == first + 1) {
    const int32_t rest = 2 * (((taps + 1) & ~1) - 16 * (Chunks - 1));
    alignas(8) int8_t padded[32];
    const int8_t* last = first + 32 * (Chunks - 1);
    if (rest != 32) {
      fill_bytes(padded, 0, 32);
      copy_bytes(last, rest, padded);
      last = padded;
    }
    if (Chunks > 1) loaded[0] = load_paired_s8(first);
    if (Chunks > 2) loaded[1] = load_paired_s8(first + 32);
    loaded[Chunks - 1] = load_paired_s8(last);
  } else {
    for (int32_t i = 0; i < Chunks; ++i) {
      loaded[i] = load_rows_s8(first + 16 * i, second + 16 * i, taps - 16 * i);
    }
  }
  mve_resident_products_s8<Chunks>(loaded, block.pixels, (block.count + 1) / 2, block.sums);
}

/// The products of a pair of filters, three pixels at a time, or one.
template <MveOrder Order>
MICRONETS_INLINE void mve_streamed_sums_s8(const MveBlockS8& block, const int8_t* first,
                                           const int8_t* second, int32_t taps) {
  const bool paired = Order == MveOrder::pairs && second == first + 1;
  const bool single = block.capacity == 1;
  const int32_t whole = taps / 16;
  alignas(8) int8_t padded[32];
  if (paired && taps % 16 != 0) {
    fill_bytes(padded, 0, 32);
    copy_bytes(first + 32 * whole, (taps % 16 + 1) / 2 * 4, padded);
  }
  const int32_t pitch = single ? 0 : block.pitch;
  int32_t* sums = block.sums;
  const int8_t* pixels = block.pixels;
  for (int32_t i = 0; i < block.count; i += 3) {
    if (Order == MveOrder::rows && single) {
      mve_row_products_of_one_s8(first, second, pixels, taps, sums);
      return;
    }
    for (int32_t k = 0; k < 6; ++k) sums[k] = 0;
    if (paired) {
      mve_paired_products_s8(first, pixels, pitch, whole, sums);
      if (taps % 16 != 0) mve_paired_products_s8(padded, pixels + 16 * whole, pitch, 1, sums);
    } else {
      mve_row_products_s8(first, second, pixels, pitch, taps, sums);
    }
    sums += 6;
    pixels += 3 * block.pitch;
  }
}

/// All filters at the pixels of a block. `Chunks`: of 16 taps, if those of a pair of filters are
/// kept in registers; else 0.
template <int32_t Chunks, MveOrder Order>
MICRONETS_FAST_KERNEL void mve_filters_s8(const MveFiltersS8& f, const MveBlockS8& block) {
  const int32_t taps = f.taps;
  const int32_t blocks = (block.count + 7) / 8;
  if (block.count % 8 != 0) {
    fill_bytes(block.places + block.count, -1, 2 * (8 * blocks - block.count));
  }
  const int8_t* weights = f.weights;
  MvePairS8 pair;
  pair.zero_point = f.zero_point;
  pair.output[0] = block.output;
  for (int32_t i = 0; i < f.count; i += 2) {
    const int32_t next = i + 1 < f.count ? 1 : 0;
    const int8_t* const second = weights + (Order == MveOrder::pairs ? next : next * taps);
    if (Chunks == 0) {
      mve_streamed_sums_s8<Order>(block, weights, second, taps);
    } else {
      mve_kept_sums_s8<(Chunks == 0 ? 1 : Chunks), Order>(block, weights, second, taps);
    }
    pair.bias[0] = f.bias[i];
    pair.bias[1] = f.bias[i + next];
    pair.multiplier[0] = f.multiplier[i];
    pair.multiplier[1] = f.multiplier[i + next];
    pair.output[1] = pair.output[0] + next * f.plane;
    mve_requantize_pair_s8(block.sums, block.places, blocks, pair);
    pair.output[0] += 2 * f.plane;
    weights += Order == MveOrder::pairs ? (taps + 1) / 2 * 4 : 2 * taps;
  }
}

/// Where the pixels of a row go, one after the other.
MICRONETS_INLINE void mve_places_s8(int16_t* places, int32_t first, int32_t count) {
  Halves8 lanes;
  __asm__ volatile(
      "dlstp.16 lr, %[count]\n"
      "1:\n"
      "vidup.u16 %q[lanes], %[first], #1; vstrh.16 %q[lanes], [%[places]], #16\n"
      "letp lr, 1b\n"
      : [lanes] "=&w"(lanes), [first] "+Te"(first), [places] "+r"(places)
      : [count] "r"(count)
      : "lr", "memory");
}

/// True where a block can hold the places of any row and what a filter reads.
MICRONETS_INLINE bool has_mve_filters_s8(const Conv2DS8& p, int32_t taps) {
  return taps <= mve_taps_s8 && p.output.row_stride() < 16384;
}

/// All filters at output rows that follow each other, a block of pixels after the other.
/// fill(y, x, count, pixels, pitch) brings what `count` outputs of row y read, from column x on.
template <int32_t Chunks, MveOrder Order, typename Fill>
MICRONETS_INLINE void mve_rows_s8(const Conv2DS8& p, int32_t height, int32_t taps, Fill fill,
                                  const int8_t* weights, const int32_t* bias,
                                  const int32_t* multiplier, int8_t* output) {
  alignas(8) int8_t scratch[mve_scratch_s8];
  const int32_t width = p.output.width;
  const int32_t row_stride = p.output.row_stride();
  const MveFiltersS8 filters = {
      weights,           bias, multiplier, taps, p.output.channels, p.output.channel_stride(),
      p.range.zero_point};
  MveBlockS8 block = mve_block_s8(scratch, taps, height * width);
  int32_t place = 0;
  block.output = output;
  for (int32_t y = 0; y < height; ++y) {
    for (int32_t x = 0; x < width;) {
      const int32_t count = min_i32(width - x, block.capacity - block.count);
      fill(y, x, count, block.pixels + block.count * block.pitch, block.pitch);
      mve_places_s8(block.places + block.count, place + x, count);
      block.count += count;
      x += count;
      if (block.count < block.capacity && (x < width || (place < 16384 && y + 1 < height)))
        continue;
      mve_filters_s8<Chunks, Order>(filters, block);
      block.count = 0;
      block.output += place;
      place = 0;
    }
    place += row_stride;
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_FILTERS_S8_H_
