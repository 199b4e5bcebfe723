// micronets/core/pointwise_rows_s8.h - rows of pixels, gathered and multiplied tile by tile.
#ifndef MICRONETS_CORE_POINTWISE_ROWS_S8_H_
#define MICRONETS_CORE_POINTWISE_ROWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/pointwise_tile_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// Pairs of channels of four pixels, or of three after `shift` bits, from `row` to `end`.
template <int32_t Pixels>
MICRONETS_INLINE void gather_whole_pairs_s8(const int8_t*& row, const int8_t* end, int32_t width,
                                            int32_t shift, uint32_t*& pairs) {
  if (row == end) return;
  if (Pixels == 4) {
    __asm__ volatile(
        "1:\n"
        "ldr r8, [%[row]]; ldr r9, [%[row], %[width]]\n"
        "add %[row], %[row], %[width], lsl #1\n"
        "sxtb16 r4, r8; sxtb16 r6, r9\n"
        "sxtb16 r8, r8, ror #8; sxtb16 r9, r9, ror #8\n"
        "pkhbt r5, r8, r9, lsl #16; pkhtb r9, r9, r8, asr #16\n"
        "pkhtb r8, r6, r4, asr #16; pkhbt r4, r4, r6, lsl #16\n"
        "stmia %[pairs]!, {r4, r5, r8, r9}\n"
        "cmp %[row], %[end]; bne 1b\n"
        : [row] "+r"(row), [pairs] "+r"(pairs)
        : [width] "r"(width), [end] "r"(end)
        : "r4", "r5", "r6", "r8", "r9", "cc", "memory");
  } else {
    __asm__ volatile(
        "1:\n"
        "ldr r8, [%[row]]; ldr r9, [%[row], %[width]]\n"
        "lsr r8, r8, %[shift]; lsr r9, r9, %[shift]\n"
        "add %[row], %[row], %[width], lsl #1\n"
        "sxtb16 r4, r8; sxtb16 r6, r9\n"
        "sxtb16 r8, r8, ror #8; sxtb16 r9, r9, ror #8\n"
        "pkhbt r5, r8, r9, lsl #16; pkhtb r8, r6, r4, asr #16\n"
        "pkhbt r4, r4, r6, lsl #16; stmia %[pairs]!, {r4, r5, r8}\n"
        "cmp %[row], %[end]; bne 1b\n"
        : [row] "+r"(row), [pairs] "+r"(pairs)
        : [width] "r"(width), [end] "r"(end), [shift] "r"(shift)
        : "r4", "r5", "r6", "r8", "r9", "cc", "memory");
  }
}

/// Pairs of channels of a few neighbours of a planar row, as the assembly reads them. Pixels are
/// loaded four at a time; of three, those behind `skipped` (0 or 1), so that a row of four or more
/// is never left. In a row of three the last channels are read byte by byte for the same reason.
template <int32_t Pixels>
MICRONETS_INLINE void gather_pairs_s8(const int8_t* row, int32_t channels, int32_t width,
                                      int32_t skipped, uint32_t* pairs) {
  const int32_t odd = channels & 1;
  const int32_t rest = Pixels == 3 && width == 3 ? 2 - odd : odd;
  gather_whole_pairs_s8<Pixels>(row, row + (channels - rest) * width, width, skipped * 8, pairs);
  if (rest == 0) return;
  if (Pixels == 4) {
    const uint32_t even_bytes_of_last = even_bytes(load_4(row));
    const uint32_t odd_bytes_of_last = odd_bytes(load_4(row));
    pairs[0] = even_bytes_of_last & 0xFFFFU;
    pairs[1] = odd_bytes_of_last & 0xFFFFU;
    pairs[2] = even_bytes_of_last >> 16;
    pairs[3] = odd_bytes_of_last >> 16;
    return;
  }
  row += skipped;
  for (int32_t i = 0; i < Pixels; ++i) {
    const uint32_t second = rest == 2 ? static_cast<uint32_t>(row[width + i]) : 0U;
    pairs[i] = lower_halves(static_cast<uint32_t>(row[i]), second);
  }
}

/// All pairs of filters of columns `first_x` to `end_x` - 1 in `height` rows that follow each
/// other. The last tile moves back and computes some pixels again where `Pixels` does not divide
/// them.
template <int32_t Pixels, int32_t Channels>
MICRONETS_FAST_KERNEL void pointwise_columns_s8(const Conv2DS8& p, int32_t height, int32_t first_x,
                                                int32_t end_x, const int8_t* row,
                                                const int8_t* weights, const int32_t* bias,
                                                const int32_t* multiplier, int8_t* output) {
  uint32_t scratch[static_cast<uint32_t>(Channels / 2 * Pixels)];
  const int32_t width = p.input.width;
  const int32_t channels = p.input.channels;
  const int32_t pairs = (channels + 1) / 2;
  PointwiseTileS8 tile = {scratch,
                          weights,
                          bias,
                          multiplier,
                          nullptr,
                          width,
                          ((pairs - 1) & 3) * PointwiseTilesS8<Pixels>::unrolled,
                          scratch + Pixels * pairs,
                          p.output.channels / 2,
                          p.range.zero_point};
  for (; height != 0; --height) {
    for (int32_t x = first_x; x < end_x; x += Pixels) {
      x = min_i32(x, end_x - Pixels);
      const int32_t skipped = Pixels == 4 || x == 0 ? 0 : 1;
      gather_pairs_s8<Pixels>(row + x - skipped, channels, width, skipped, scratch);
      tile.output = output + x;
      PointwiseTilesS8<Pixels>::run(&tile);
    }
    row += p.input.row_stride();
    output += p.output.row_stride();
  }
}

/// True where `pointwise_pairs_s8` computes such rows: they fill a tile and a scratch holds them.
MICRONETS_INLINE bool has_pointwise_tiles_s8(const Conv2DS8& p) {
  return p.input.width >= 3 && p.input.channels <= 256 && p.output.channels >= 2;
}

/// All pairs of filters of rows that follow each other: tiles of four pixels, and of three for what
/// remains or where the scratch does not hold four. Where `p` is a constant, only those are linked.
MICRONETS_INLINE void pointwise_pairs_s8(const Conv2DS8& p, int32_t height, const int8_t* row,
                                         const int8_t* weights, const int32_t* bias,
                                         const int32_t* multiplier, int8_t* output) {
  const int32_t width = p.input.width;
  const bool only_threes = width == 5 || p.input.channels > 96;
  const int32_t end_of_fours = only_threes ? 0 : width - (4 - width % 4) % 4 * 3;
  if (end_of_fours > 0) {
    pointwise_columns_s8<4, 96>(p, height, 0, end_of_fours, row, weights, bias, multiplier, output);
  }
  if (end_of_fours == width) return;
  if (p.input.channels <= 128) {
    pointwise_columns_s8<3, 128>(p, height, end_of_fours, width, row, weights, bias, multiplier,
                                 output);
  } else {
    pointwise_columns_s8<3, 256>(p, height, end_of_fours, width, row, weights, bias, multiplier,
                                 output);
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_ROWS_S8_H_
