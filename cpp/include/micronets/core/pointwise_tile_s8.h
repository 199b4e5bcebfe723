// micronets/core/pointwise_tile_s8.h - a few pixels times all filters, two filters at a time.
#ifndef MICRONETS_CORE_POINTWISE_TILE_S8_H_
#define MICRONETS_CORE_POINTWISE_TILE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dsp.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// What the assembly reads, in this order. For blocks of two filters f and n pixels i:
///   output[f * next_filter + i] = requantized(bias[f] + sum over pairs of channels)
struct PointwiseTileS8 {
  const uint32_t* pixels;  // [pair of channels][pixel], each two int16
  const int8_t* weights;   // [block][pair of channels], 4 bytes that SXTB16 takes apart
  const int32_t* bias;
  const int32_t* multiplier;
  int8_t* output;
  int32_t next_filter;
  int32_t entry;  // bytes of unrolled code before the end of the loop, for the first turn
  const uint32_t* end;
  int32_t blocks;
  int32_t zero_point;
};

// Every pair of channels costs one load of weights, which SXTB16 splits into a pair for each
// filter. The first turn starts the sums, then a jump into the unrolled loop leaves whole rounds
// of 4. ADR counts from a multiple of 4, hence the alignment. The assembly saves the registers
// itself: it needs all of them.

/// Four pixels.
inline MICRONETS_KERNEL void pointwise_tile_4_s8(const PointwiseTileS8* tile) {
  register const PointwiseTileS8* r0 __asm__("r0") = tile;
  __asm__ volatile(
      ".balign 4\n"
      "push {r4-r11, lr}; ldmia r0, {r1-r10}\n"
      "adr.w r0, 3f; sub r7, r0, r7; orr r7, r7, #1\n"
      "push {r1-r10}\n"
      "ldr r1, [sp, #4]\n"
      "1:\n"
      "ldr r12, [sp, #8]; ldrd r2, r6, [r12], #8\n"
      "str r12, [sp, #8]; ldr r0, [sp]\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldrd r12, lr, [r0, #8]\n"
      "smlad r4, r12, r10, r2; smlad r8, r12, r11, r6\n"
      "smlad r5, lr, r10, r2; smlad r9, lr, r11, r6\n"
      "ldrd r12, lr, [r0], #16\n"
      "smlad r3, lr, r10, r2; smlad r7, lr, r11, r6\n"
      "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
      "ldr pc, [sp, #24]\n"
      "2:\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
      "smlad r3, lr, r10, r3; smlad r7, lr, r11, r7\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r4, r12, r10, r4; smlad r8, r12, r11, r8\n"
      "smlad r5, lr, r10, r5; smlad r9, lr, r11, r9\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
      "smlad r3, lr, r10, r3; smlad r7, lr, r11, r7\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r4, r12, r10, r4; smlad r8, r12, r11, r8\n"
      "smlad r5, lr, r10, r5; smlad r9, lr, r11, r9\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
      "smlad r3, lr, r10, r3; smlad r7, lr, r11, r7\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r4, r12, r10, r4; smlad r8, r12, r11, r8\n"
      "smlad r5, lr, r10, r5; smlad r9, lr, r11, r9\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
      "smlad r3, lr, r10, r3; smlad r7, lr, r11, r7\n"
      "ldrd r12, lr, [r0], #8\n"
      "smlad r4, r12, r10, r4; smlad r8, r12, r11, r8\n"
      "smlad r5, lr, r10, r5; smlad r9, lr, r11, r9\n"
      "3:\n"
      "ldr r12, [sp, #28]; cmp r0, r12; bne 2b\n"
      "ldr r12, [sp, #12]; ldrd r10, r11, [r12], #8\n"
      "str r12, [sp, #12]; ldr r12, [sp, #36]\n"
      "smmlar r2, r2, r10, r12; ssat r2, #8, r2\n"
      "smmlar r3, r3, r10, r12; ssat r3, #8, r3\n"
      "smmlar r4, r4, r10, r12; ssat r4, #8, r4\n"
      "smmlar r5, r5, r10, r12; ssat r5, #8, r5\n"
      "smmlar r6, r6, r11, r12; ssat r6, #8, r6\n"
      "smmlar r7, r7, r11, r12; ssat r7, #8, r7\n"
      "smmlar r8, r8, r11, r12; ssat r8, #8, r8\n"
      "smmlar r9, r9, r11, r12; ssat r9, #8, r9\n"
      "ldrd r12, lr, [sp, #16]; ldr r11, [sp, #32]\n"
      "strb r2, [r12, #0]; strb r3, [r12, #1]\n"
      "strb r4, [r12, #2]; strb r5, [r12, #3]\n"
      "add r12, r12, lr\n"
      "strb r6, [r12, #0]; strb r7, [r12, #1]\n"
      "strb r8, [r12, #2]; strb r9, [r12, #3]\n"
      "add r12, r12, lr; str r12, [sp, #16]\n"
      "subs r11, r11, #1; str r11, [sp, #32]\n"
      "bne 1b\n"
      "add sp, sp, #40; pop {r4-r11, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r12", "cc", "memory");
}

/// Three pixels.
inline MICRONETS_KERNEL void pointwise_tile_3_s8(const PointwiseTileS8* tile) {
  register const PointwiseTileS8* r0 __asm__("r0") = tile;
  __asm__ volatile(
      ".balign 4\n"
      "push {r4-r11, lr}; ldmia r0, {r1-r10}\n"
      "adr.w r0, 3f; sub r7, r0, r7; orr r7, r7, #1\n"
      "push {r1-r10}\n"
      "ldr r1, [sp, #4]\n"
      "1:\n"
      "ldr r12, [sp, #8]; ldrd r2, r5, [r12], #8\n"
      "str r12, [sp, #8]; ldr r0, [sp]\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldmia r0!, {r9, r12, lr}\n"
      "smlad r4, lr, r10, r2; smlad r7, lr, r11, r5\n"
      "smlad r3, r12, r10, r2; smlad r6, r12, r11, r5\n"
      "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
      "ldr pc, [sp, #24]\n"
      "2:\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldmia r0!, {r9, r12, lr}\n"
      "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
      "smlad r3, r12, r10, r3; smlad r6, r12, r11, r6\n"
      "smlad r4, lr, r10, r4; smlad r7, lr, r11, r7\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldmia r0!, {r9, r12, lr}\n"
      "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
      "smlad r3, r12, r10, r3; smlad r6, r12, r11, r6\n"
      "smlad r4, lr, r10, r4; smlad r7, lr, r11, r7\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldmia r0!, {r9, r12, lr}\n"
      "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
      "smlad r3, r12, r10, r3; smlad r6, r12, r11, r6\n"
      "smlad r4, lr, r10, r4; smlad r7, lr, r11, r7\n"
      "ldr r11, [r1], #4; sxtb16 r10, r11\n"
      "sxtb16 r11, r11, ror #8\n"
      "ldmia r0!, {r9, r12, lr}\n"
      "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
      "smlad r3, r12, r10, r3; smlad r6, r12, r11, r6\n"
      "smlad r4, lr, r10, r4; smlad r7, lr, r11, r7\n"
      "3:\n"
      "ldr r12, [sp, #28]; cmp r0, r12; bne 2b\n"
      "ldr r12, [sp, #12]; ldrd r10, r11, [r12], #8\n"
      "str r12, [sp, #12]; ldr r12, [sp, #36]\n"
      "smmlar r2, r2, r10, r12; ssat r2, #8, r2\n"
      "smmlar r3, r3, r10, r12; ssat r3, #8, r3\n"
      "smmlar r4, r4, r10, r12; ssat r4, #8, r4\n"
      "smmlar r5, r5, r11, r12; ssat r5, #8, r5\n"
      "smmlar r6, r6, r11, r12; ssat r6, #8, r6\n"
      "smmlar r7, r7, r11, r12; ssat r7, #8, r7\n"
      "ldrd r12, lr, [sp, #16]; ldr r11, [sp, #32]\n"
      "strb r2, [r12, #0]; strb r3, [r12, #1]\n"
      "strb r4, [r12, #2]\n"
      "add r12, r12, lr\n"
      "strb r5, [r12, #0]; strb r6, [r12, #1]\n"
      "strb r7, [r12, #2]\n"
      "add r12, r12, lr; str r12, [sp, #16]\n"
      "subs r11, r11, #1; str r11, [sp, #32]\n"
      "bne 1b\n"
      "add sp, sp, #40; pop {r4-r11, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r12", "cc", "memory");
}

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

/// Words of scratch for four pixels of 96 channels, and for three pixels of 256.
enum : int32_t { pointwise_words_s8 = 192, pointwise_words_wide_s8 = 384 };

/// True where `pointwise_pairs_s8` computes such rows: they fill a tile and the scratch holds them.
MICRONETS_INLINE bool has_pointwise_tiles_s8(int32_t width, int32_t channels, int32_t filters) {
  return width >= 3 && channels <= 256 && filters >= 2;
}

/// All pairs of filters of `height` rows that follow each other: tiles of four pixels, and of three
/// for what remains, or where the scratch of so many words does not hold four.
template <int32_t Words>
MICRONETS_FAST_KERNEL void pointwise_pairs_s8(const Shape& input, const Shape& output_shape,
                                              int32_t height, int32_t zero_point, const int8_t* row,
                                              const int8_t* weights, const int32_t* bias,
                                              const int32_t* multiplier, int8_t* output) {
  uint32_t scratch[static_cast<uint32_t>(Words)];
  const int32_t width = input.width;
  const int32_t channels = input.channels;
  const int32_t pairs = (channels + 1) / 2;
  PointwiseTileS8 four = {scratch,
                          weights,
                          bias,
                          multiplier,
                          nullptr,
                          width,
                          ((pairs - 1) & 3) * 52,
                          scratch + 4 * pairs,
                          output_shape.channels / 2,
                          zero_point};
  PointwiseTileS8 three = four;
  three.entry = ((pairs - 1) & 3) * 40;
  three.end = scratch + 3 * pairs;
  const bool only_threes = width == 5 || 4 * pairs > Words;
  const int32_t threes = only_threes ? width : (4 - width % 4) % 4;
  for (; height != 0; --height) {
    int32_t x = 0;
    for (; x + 3 * threes + 4 <= width; x += 4) {
      gather_pairs_s8<4>(row + x, channels, width, 0, scratch);
      four.output = output + x;
      pointwise_tile_4_s8(&four);
    }
    for (; x < width; x += 3) {
      x = min_i32(x, width - 3);  // some pixels twice where nothing else fills the row
      const int32_t skipped = x == 0 ? 0 : 1;
      gather_pairs_s8<3>(row + x - skipped, channels, width, skipped, scratch);
      three.output = output + x;
      pointwise_tile_3_s8(&three);
    }
    row += channels * width;
    output += output_shape.channels * width;
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_TILE_S8_H_
