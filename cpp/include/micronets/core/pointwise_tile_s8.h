// micronets/core/pointwise_tile_s8.h - a few pixels times all filters, two filters at a time.
#ifndef MICRONETS_CORE_POINTWISE_TILE_S8_H_
#define MICRONETS_CORE_POINTWISE_TILE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// What the assembly reads, in this order. For blocks of two filters f and n pixels i:
///   output[f * next_filter + i] = requantized(bias[f] + sum over pairs of values)
struct PointwiseTileS8 {
  uint32_t* pixels;       // [pair of channels][pixel], each two int16
  const int8_t* weights;  // [block][pair of channels], 4 bytes that SXTB16 takes apart
  const int32_t* bias;
  const int32_t* multiplier;
  int8_t* output;
  int32_t next_filter;  // from the outputs of one filter to those of the next
  int32_t entry;        // bytes of unrolled code before the end of the loop, for the first turn
  const uint32_t* end;
  int32_t blocks;
  int32_t zero_point;
  const int8_t* row;  // of the pixels; null where `pixels` hold them already
  int32_t plane;      // from one channel of a row to the next
};

// First the pixels are taken from a planar row, two channels at a time: SXTB16 widens four
// neighbours of each, PKHBT and PKHTB pair what belongs to one pixel. Of an odd number of channels
// the last is paired with what lies behind it, which meets a weight of zero. Four neighbours are
// read also where three are wanted. Then every pair of channels costs one load of weights, which
// SXTB16 splits into a pair for each filter. The first turn starts the sums, then a jump into the
// unrolled loop leaves whole rounds. ADR counts from a multiple of 4, hence the alignment. The
// assembly saves the registers itself: it needs all of them.

/// `Pixels` neighbours: 3 or 4. The loop has `Unrolled` pairs of channels, 2 or 8, of `bytes` of
/// code each.
template <int32_t Pixels, int32_t Unrolled>
struct PointwiseTilesS8;

template <int32_t Unrolled>
struct PointwiseTilesS8<4, Unrolled> {
  enum : int32_t { bytes = 52 };
  static MICRONETS_KERNEL void run(const PointwiseTileS8* tile) {
    register const PointwiseTileS8* r0 __asm__("r0") = tile;
    __asm__ volatile(
        ".balign 4\n"
        "push {r4-r11, lr}; ldmia r0, {r1-r12}\n"
        "adr.w r0, 3f; sub r7, r0, r7; orr r7, r7, #1\n"
        "push {r1-r12}\n"
        "mov r0, r1; mov r1, r11; mov r2, r12; mov r3, r8\n"
        "cbz r1, 5f\n"
        "4:\n"
        "ldr r5, [r1]; ldr r7, [r1, r2]\n"
        "add r1, r1, r2, lsl #1\n"
        "sxtb16 r8, r5; sxtb16 r9, r7\n"
        "sxtb16 r6, r5, ror #8; sxtb16 r7, r7, ror #8\n"
        "pkhbt r4, r8, r9, lsl #16; pkhbt r5, r6, r7, lsl #16\n"
        "pkhtb r7, r7, r6, asr #16; pkhtb r6, r9, r8, asr #16\n"
        "stmia r0!, {r4-r7}\n"
        "cmp r0, r3; bne 4b\n"
        "5:\n"
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
        ".rept %c[unrolled]\n"
        "ldr r11, [r1], #4; sxtb16 r10, r11\n"
        "sxtb16 r11, r11, ror #8\n"
        "ldrd r12, lr, [r0], #8\n"
        "smlad r2, r12, r10, r2; smlad r6, r12, r11, r6\n"
        "smlad r3, lr, r10, r3; smlad r7, lr, r11, r7\n"
        "ldrd r12, lr, [r0], #8\n"
        "smlad r4, r12, r10, r4; smlad r8, r12, r11, r8\n"
        "smlad r5, lr, r10, r5; smlad r9, lr, r11, r9\n"
        ".endr\n"
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
        "add sp, sp, #48; pop {r4-r11, lr}\n"
        : "+r"(r0)
        : [unrolled] "i"(Unrolled)
        : "r1", "r2", "r3", "r12", "cc", "memory");
  }
};

template <int32_t Unrolled>
struct PointwiseTilesS8<3, Unrolled> {
  enum : int32_t { bytes = 40 };
  static MICRONETS_KERNEL void run(const PointwiseTileS8* tile) {
    register const PointwiseTileS8* r0 __asm__("r0") = tile;
    __asm__ volatile(
        ".balign 4\n"
        "push {r4-r11, lr}; ldmia r0, {r1-r12}\n"
        "adr.w r0, 3f; sub r7, r0, r7; orr r7, r7, #1\n"
        "push {r1-r12}\n"
        "mov r0, r1; mov r1, r11; mov r2, r12; mov r3, r8\n"
        "cbz r1, 5f\n"
        "4:\n"
        "ldr r5, [r1]; ldr r7, [r1, r2]\n"
        "add r1, r1, r2, lsl #1\n"
        "sxtb16 r8, r5; sxtb16 r9, r7\n"
        "sxtb16 r6, r5, ror #8; sxtb16 r7, r7, ror #8\n"
        "pkhbt r4, r8, r9, lsl #16; pkhbt r5, r6, r7, lsl #16\n"
        "pkhtb r6, r9, r8, asr #16; stmia r0!, {r4-r6}\n"
        "cmp r0, r3; bne 4b\n"
        "5:\n"
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
        ".rept %c[unrolled]\n"
        "ldr r11, [r1], #4; sxtb16 r10, r11\n"
        "sxtb16 r11, r11, ror #8\n"
        "ldmia r0!, {r9, r12, lr}\n"
        "smlad r2, r9, r10, r2; smlad r5, r9, r11, r5\n"
        "smlad r3, r12, r10, r3; smlad r6, r12, r11, r6\n"
        "smlad r4, lr, r10, r4; smlad r7, lr, r11, r7\n"
        ".endr\n"
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
        "add sp, sp, #48; pop {r4-r11, lr}\n"
        : "+r"(r0)
        : [unrolled] "i"(Unrolled)
        : "r1", "r2", "r3", "r12", "cc", "memory");
  }
};

/// The tile of a convolution whose filters have `pairs` pairs of weights. scratch: its pixels,
/// `Pixels` words for each pair.
template <int32_t Pixels, int32_t Unrolled, typename Params>
MICRONETS_INLINE PointwiseTileS8 pointwise_tile_s8(const Params& p, int32_t pairs,
                                                   uint32_t* scratch) {
  return PointwiseTileS8{scratch,
                         p.weights,
                         p.bias,
                         p.multiplier,
                         nullptr,
                         p.output.channel_stride(),
                         ((pairs - 1) & (Unrolled - 1)) * PointwiseTilesS8<Pixels, Unrolled>::bytes,
                         scratch + Pixels * pairs,
                         p.output.channels / 2,
                         p.range.zero_point,
                         nullptr,
                         p.input.channel_stride()};
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_TILE_S8_H_
