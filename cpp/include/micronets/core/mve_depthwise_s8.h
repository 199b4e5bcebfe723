// micronets/core/mve_depthwise_s8.h - depthwise 3x3 on planar int8 codes with Helium.
#ifndef MICRONETS_CORE_MVE_DEPTHWISE_S8_H_
#define MICRONETS_CORE_MVE_DEPTHWISE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/mve.h"
#include "micronets/core/mve_requantize_s8.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
// Three rows of five columns are one vector of 15 bytes. Its products with a filter, in places that
// move by the stride, are three neighbouring outputs at stride 1 and two at stride 2: one group. A
// few rows of a channel are copied to where such a vector is a single load, with their padding.

/// A band of output rows, for every channel in turn: the sums of its groups, and their places in
/// the output. `cells` holds its input rows.
struct MveBandS8 {
  int8_t* cells;
  int32_t groups;  // of a row
  int32_t rows;
  int32_t skip;  // cells from the end of a row's groups to the next row
  int32_t* sums;
};

/// Sizes that fill less than a KB together.
enum : int32_t { mve_band_cells = 416, mve_band_sums = 96 };

/// Groups of an output row.
template <int32_t Stride>
MICRONETS_INLINE int32_t mve_groups_s8(const DepthwiseConv2DS8& p) {
  return Stride == 1 ? (p.output.width + 2) / 3 : (p.output.width + 1) / 2;
}

/// Columns that the groups of a row see.
template <int32_t Stride>
MICRONETS_INLINE int32_t mve_band_pitch_s8(const DepthwiseConv2DS8& p) {
  return mve_groups_s8<Stride>(p) * (Stride == 1 ? 3 : 4) + (Stride == 1 ? 2 : 1);
}

/// True where `mve_depthwise_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_mve_depthwise_s8(const DepthwiseConv2DS8& p) {
  return p.window.height == 3 && p.window.width == 3 && p.window.stride_x <= 2 &&
         p.window.stride_y <= 2 && p.filters_per_channel() == 1 && p.input.is_planar() &&
         p.padding.left <= 4 && p.output.width <= (p.window.stride_x == 1 ? 96 : 62) &&
         p.output.row_stride() < 16384;
}

/// The nine weights of a channel, three in a row of five.
MICRONETS_INLINE Bytes16 mve_depthwise_weights_s8(const int8_t* weights) {
  const Bytes16 taps = {0, 1, 2, 0, 0, 3, 4, 5, 0, 0, 6, 7, 8, 0, 0, 0};
  Bytes16 lanes;
  __asm__ volatile(
      "vmsr p0, %[present]\n"
      "vpst; vldrbt.u8 %q[lanes], [%[weights], %q[taps]]\n"
      : [lanes] "=&w"(lanes)
      : [present] "r"(0x1CE7), [weights] "r"(weights), [taps] "w"(taps)
      : "memory", MICRONETS_PREDICATE);
  return lanes;
}

/// `weights`, which has zeros at its end, `Bits` further.
template <int32_t Bits>
MICRONETS_INLINE Bytes16 mve_moved_weights_s8(Bytes16 weights) {
  uint32_t carry = 0;
  __asm__("vshlc %q0, %1, %2" : "+w"(weights), "+r"(carry) : "i"(Bits));
  return weights;
}

/// The sums of one channel; `columns` are the places of a group's cells.
template <int32_t Stride>
MICRONETS_INLINE void mve_band_sums_s8(const MveBandS8& band, const int8_t* weights,
                                       const Bytes16& columns) {
  const Bytes16 first = mve_depthwise_weights_s8(weights);
  const Bytes16 second = mve_moved_weights_s8<8 * Stride>(first);
  const int8_t* cells = band.cells;
  int32_t* sums = band.sums;
  int32_t rows = band.rows;
  Bytes16 loaded;
  if (Stride == 1) {
    const Bytes16 third = mve_moved_weights_s8<8>(second);
    __asm__ volatile(
        "1:\n"
        "dls lr, %[groups]\n"
        "2:\n"
        "vldrb.u8 %q[loaded], [%[cells], %q[columns]]; add %[cells], %[cells], #3\n"
        "vmladav.s8 r0, %q[loaded], %q[first]; vmladav.s8 r2, %q[loaded], %q[second]\n"
        "vmladav.s8 r4, %q[loaded], %q[third]; stmia %[sums]!, {r0, r2, r4}\n"
        "le lr, 2b\n"
        "add %[cells], %[cells], %[skip]\n"
        "subs %[rows], %[rows], #1; bne 1b\n"
        : [cells] "+r"(cells), [sums] "+r"(sums), [rows] "+r"(rows), [loaded] "=&w"(loaded)
        : [first] "w"(first), [second] "w"(second), [third] "w"(third), [columns] "w"(columns),
          [groups] "r"(band.groups), [skip] "r"(band.skip)
        : "r0", "r2", "r4", "lr", "cc", "memory");
  } else {
    __asm__ volatile(
        "1:\n"
        "dls lr, %[groups]\n"
        "2:\n"
        "vldrb.u8 %q[loaded], [%[cells], %q[columns]]; add %[cells], %[cells], #4\n"
        "vmladav.s8 r0, %q[loaded], %q[first]; vmladav.s8 r2, %q[loaded], %q[second]\n"
        "stmia %[sums]!, {r0, r2}\n"
        "le lr, 2b\n"
        "add %[cells], %[cells], %[skip]\n"
        "subs %[rows], %[rows], #1; bne 1b\n"
        : [cells] "+r"(cells), [sums] "+r"(sums), [rows] "+r"(rows), [loaded] "=&w"(loaded)
        : [first] "w"(first), [second] "w"(second), [columns] "w"(columns),
          [groups] "r"(band.groups), [skip] "r"(band.skip)
        : "r0", "r2", "lr", "cc", "memory");
  }
}

/// Where the outputs of a band go: below 0 where a group reaches beyond its row, and behind the
/// last. Returns how many eights there are.
MICRONETS_INLINE int32_t mve_band_places_s8(int16_t* places, int32_t rows, int32_t outputs,
                                            int32_t width, int32_t row_stride) {
  int32_t count = 0;
  for (int32_t y = 0; y < rows; ++y) {
    mve_places_s8(places + count, y * row_stride, width);
    for (int32_t x = width; x < outputs; ++x) places[count + x] = -1;
    count += outputs;
  }
  while (count % 8 != 0) places[count++] = -1;
  return count / 8;
}

/// Output rows `y` to `end` - 1 of a layer that `has_mve_depthwise_s8`.
template <int32_t Stride>
MICRONETS_FAST_KERNEL void mve_depthwise_rows_s8(const DepthwiseConv2DS8& p,
                                                 const Rows<const int8_t*>& rows, int32_t y,
                                                 int32_t end, int8_t* output) {
  const Bytes16 columns_of_group = {0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0};
  const Bytes16 rows_of_group = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 0};
  alignas(8) int32_t sums[mve_band_sums];
  alignas(8) int16_t places[mve_band_sums];
  int8_t cells[mve_band_cells];
  const int32_t stride_y = p.window.stride_y;
  const int32_t row_stride = p.output.row_stride();
  const int32_t left = p.padding.left;
  const int32_t pitch = mve_band_pitch_s8<Stride>(p);
  const int32_t groups = mve_groups_s8<Stride>(p);
  const int32_t outputs = groups * (Stride == 1 ? 3 : 2);
  const int32_t width = min_i32(p.input.width, pitch - left);
  const int32_t fitting =
      min_i32(min_i32(mve_band_sums / outputs, (mve_band_cells / pitch - 3) / stride_y + 1),
              16384 / row_stride + 1);
  const Bytes16 columns = columns_of_group + rows_of_group * static_cast<uint8_t>(pitch);
  MveBandS8 band = {cells, groups, 0, stride_y * pitch - groups * (Stride == 1 ? 3 : 4), sums};
  int32_t blocks = 0;
  for (; y < end; y += band.rows) {
    const int32_t count = min_i32(fitting, end - y);
    if (count != band.rows) {
      band.rows = count;
      blocks = mve_band_places_s8(places, count, outputs, p.output.width, row_stride);
    }
    const int32_t first_row = y * stride_y - p.padding.top;
    const int32_t height = (band.rows - 1) * stride_y + 3;
    const Span inside = inside_map(first_row, height, p.input.height);
    // Those before the end of a ring, and those at its beginning.
    const int8_t* from = rows.at(first_row + inside.begin);
    const int8_t* begin = rows.data;
    const int32_t room = rows.capacity - (first_row + inside.begin) % rows.capacity;
    const int32_t before = min_i32(room, inside.count());
    const int32_t behind = inside.count() - before;
    int8_t* const first_cell = cells + inside.begin * pitch + left;
    int8_t* to = output;
    mve_fill_bytes(cells, p.input_zero_point, height * pitch);
    for (int32_t c = 0; c < p.output.channels; ++c) {
      if (before > 0) mve_copy_rows(from, rows.stride, width, before, first_cell, pitch);
      if (behind > 0) {
        mve_copy_rows(begin, rows.stride, width, behind, first_cell + before * pitch, pitch);
      }
      mve_band_sums_s8<Stride>(band, p.weights + 9 * c, columns);
      mve_requantize_s8(sums, places, blocks, p.bias[c], p.multiplier[c], p.range.zero_point, to);
      from += p.input.channel_stride();
      begin += p.input.channel_stride();
      to += p.output.channel_stride();
    }
    output += band.rows * row_stride;
  }
}

/// Output rows `y` to `end` - 1 by the code for the stride: where `p` is a constant, only that is
/// linked.
MICRONETS_INLINE void mve_depthwise_s8(const DepthwiseConv2DS8& p, const Rows<const int8_t*>& rows,
                                       int32_t y, int32_t end, int8_t* output) {
  if (p.window.stride_x == 1) {
    mve_depthwise_rows_s8<1>(p, rows, y, end, output);
  } else {
    mve_depthwise_rows_s8<2>(p, rows, y, end, output);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_DEPTHWISE_S8_H_
