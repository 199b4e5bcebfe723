// micronets/core/depthwise_tiles_s8.h - depthwise 3x3 on planar int8 codes, two outputs at a time.
#ifndef MICRONETS_CORE_DEPTHWISE_TILES_S8_H_
#define MICRONETS_CORE_DEPTHWISE_TILES_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// Output rows of every channel whose rows of the input lie equally far apart, as the assembly
/// reads it, in this order.
struct DepthwiseTilesS8 {
  const int8_t* rows[3];  // the first window's first column in each
  int8_t* output;
  const int8_t* weights;
  int32_t count;  // of output rows
  int32_t tiles;  // of two outputs
  int32_t channel_bias;
  int32_t channel_multiplier;
  int32_t zero_point;
  const int32_t* bias;
  const int32_t* multiplier;
  int32_t row_skip;         // from behind the last tile to the next row of the input
  int32_t output_skip;      // and of the output
  int32_t next_channel[3];  // in each row; 0 for a row of padding
  int32_t next_output;      // from one channel to the next
  int32_t channels;
  int32_t rows_left;
};

/// One output row of every channel; what tiles read lies at the same place as in the other struct.
struct DepthwiseRowS8 {
  int32_t next_channel[3];  // from behind the last tile, in each row of the input
  int32_t next_output;      // and in that of the output
  const int8_t* weights;
  const int8_t* weights_end;
  int32_t tiles;  // outputs where Helium computes them
  int32_t channel_bias;
  int32_t channel_multiplier;
  int32_t zero_point;
  const int32_t* bias;
  const int32_t* multiplier;
  const int8_t* rows[3];
  int8_t* output;
};

typedef void DepthwiseRowKernelS8(const DepthwiseRowS8*);

// One load brings four neighbours a b c d. SXTB16 makes (a, c) and (b, d) of them, so that the
// weights (l, r) of the outer columns give two outputs by SMLAD at stride 1 (al + cr and bl + dr)
// and the one in the middle joins by SMLAxy. At stride 2 the second output is cl + dm + er.
//   r0-r2 rows, r3-r5 outer weights of each, r6-r7 middle weights, r8-r9 sums, r10-r11 values,
//   r12 output, lr tiles to go
// The assembly saves the registers itself: it needs all of them. The struct goes onto the stack,
// where no register is needed to find it.

/// The weights that r3 points to, bias and multiplier of the next channel.
#define MICRONETS_DEPTHWISE_CHANNEL_S8                                             \
  "ldr r4, [r3], #9; ldr r5, [r3, #-6]; ldr r7, [r3, #-4]\n" /* from 0, 3 and 5 */ \
  "str r3, [sp, #16]; pkhbt r6, r4, r5, lsl #16\n"                                 \
  "sxtb16 r3, r4; sxtb16 r4, r5; sxtb16 r5, r7, ror #8\n"                          \
  "sxtb16 r6, r6, ror #8; sxtb16 r7, r7\n"                                         \
  "ldrd r8, r9, [sp, #40]; ldr r10, [r8], #4; ldr r11, [r9], #4\n"                 \
  "strd r8, r9, [sp, #40]; strd r10, r11, [sp, #28]\n"

/// A row of outputs of a channel, at stride 1 and at stride 2.
#define MICRONETS_DEPTHWISE_STRIDE1_S8                 \
  "ldr lr, [sp, #24]\n"                                \
  "3:\n" /* a tile */                                  \
  "ldr r8, [sp, #28]\n"                                \
  "ldr r10, [r0], #2\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlad r9, r11, r3, r8; smlad r8, r10, r3, r8\n"     \
  "smlabb r8, r11, r6, r8; smlatb r9, r10, r6, r9\n"   \
  "ldr r10, [r1], #2\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlad r9, r11, r4, r9; smlad r8, r10, r4, r8\n"     \
  "smlabt r8, r11, r6, r8; smlatt r9, r10, r6, r9\n"   \
  "ldr r10, [r2], #2\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlad r9, r11, r5, r9; smlad r8, r10, r5, r8\n"     \
  "smlabt r8, r11, r7, r8; smlatt r9, r10, r7, r9\n"   \
  "ldrd r10, r11, [sp, #32]\n"                         \
  "smmlar r8, r8, r10, r11; smmlar r9, r9, r10, r11\n" \
  "ssat r8, #8, r8; ssat r9, #8, r9\n"                 \
  "strb r8, [r12], #1; strb r9, [r12], #1\n"           \
  "subs lr, lr, #1; bne 3b\n"
#define MICRONETS_DEPTHWISE_STRIDE2_S8                 \
  "ldr lr, [sp, #24]\n"                                \
  "3:\n" /* a tile */                                  \
  "ldr r8, [sp, #28]\n"                                \
  "ldr r10, [r0], #4\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlatb r9, r10, r3, r8; smlad r8, r10, r3, r8\n"    \
  "smlabb r8, r11, r6, r8; smlatb r9, r11, r6, r9\n"   \
  "ldrsb r10, [r0]; smlabt r9, r10, r3, r9\n"          \
  "ldr r10, [r1], #4\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlatb r9, r10, r4, r9; smlad r8, r10, r4, r8\n"    \
  "smlabt r8, r11, r6, r8; smlatt r9, r11, r6, r9\n"   \
  "ldrsb r10, [r1]; smlabt r9, r10, r4, r9\n"          \
  "ldr r10, [r2], #4\n"                                \
  "sxtb16 r11, r10, ror #8; sxtb16 r10, r10\n"         \
  "smlatb r9, r10, r5, r9; smlad r8, r10, r5, r8\n"    \
  "smlabt r8, r11, r7, r8; smlatt r9, r11, r7, r9\n"   \
  "ldrsb r10, [r2]; smlabt r9, r10, r5, r9\n"          \
  "ldrd r10, r11, [sp, #32]\n"                         \
  "smmlar r8, r8, r10, r11; smmlar r9, r9, r10, r11\n" \
  "ssat r8, #8, r8; ssat r9, #8, r9\n"                 \
  "strb r8, [r12], #1; strb r9, [r12], #1\n"           \
  "subs lr, lr, #1; bne 3b\n"

/// All channels, and all rows of each before the next.
#define MICRONETS_DEPTHWISE_MAP_S8(tiles)                                   \
  "push {r4-r11, lr}\n"                                                     \
  "add r12, r0, #40; ldmia r12, {r1-r10}; push {r1-r10}\n"                  \
  "ldmia r0, {r1-r10}; push {r1-r10}\n"                                     \
  "1:\n"                                        /* a channel */             \
  "ldmia sp, {r0-r2, r12}; ldr r3, [sp, #16]\n" /* rows, output, weights */ \
      MICRONETS_DEPTHWISE_CHANNEL_S8                                        \
  "ldrd r8, r9, [sp, #56]; ldrd r10, r11, [sp, #64]\n"                      \
  "add r8, r8, r0; add r9, r9, r1; add r10, r10, r2\n"                      \
  "add r11, r11, r12; stmia sp, {r8-r11}\n"                                 \
  "ldr r10, [sp, #20]; str r10, [sp, #76]\n"                                \
  "2:\n" /* a row */                                                        \
      tiles                                                                 \
  "ldrd r10, r11, [sp, #48]\n"                                              \
  "add r0, r0, r10; add r1, r1, r10; add r2, r2, r10\n"                     \
  "add r12, r12, r11; ldr r10, [sp, #76]\n"                                 \
  "subs r10, r10, #1; str r10, [sp, #76]; bne 2b\n"                         \
  "ldr r10, [sp, #72]; subs r10, r10, #1\n"                                 \
  "str r10, [sp, #72]; bne 1b\n"                                            \
  "add sp, sp, #80; pop {r4-r11, lr}\n"

/// One row of all channels.
#define MICRONETS_DEPTHWISE_ROW_S8(tiles)             \
  "push {r4-r11, lr}\n"                               \
  "ldmia r0!, {r1-r12}; push {r1-r12}\n"              \
  "ldmia r0, {r0-r2, r12}; ldr r3, [sp, #16]\n"       \
  "1:\n" /* a channel */                              \
      MICRONETS_DEPTHWISE_CHANNEL_S8 tiles            \
  "ldmia sp, {r8-r11}\n"                              \
  "add r0, r0, r8; add r1, r1, r9; add r2, r2, r10\n" \
  "add r12, r12, r11; ldrd r3, r10, [sp, #16]\n"      \
  "cmp r3, r10; bne 1b\n"                             \
  "add sp, sp, #48; pop {r4-r11, lr}\n"

inline MICRONETS_KERNEL void depthwise_tiles_stride1_s8(const DepthwiseTilesS8* tiles) {
  register const DepthwiseTilesS8* r0 __asm__("r0") = tiles;
  __asm__ volatile(MICRONETS_DEPTHWISE_MAP_S8(MICRONETS_DEPTHWISE_STRIDE1_S8)
                   : "+r"(r0)
                   :
                   : "r1", "r2", "r3", "r12", "cc", "memory");
}

inline MICRONETS_KERNEL void depthwise_tiles_stride2_s8(const DepthwiseTilesS8* tiles) {
  register const DepthwiseTilesS8* r0 __asm__("r0") = tiles;
  __asm__ volatile(MICRONETS_DEPTHWISE_MAP_S8(MICRONETS_DEPTHWISE_STRIDE2_S8)
                   : "+r"(r0)
                   :
                   : "r1", "r2", "r3", "r12", "cc", "memory");
}

inline MICRONETS_KERNEL void depthwise_row_stride1_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(MICRONETS_DEPTHWISE_ROW_S8(MICRONETS_DEPTHWISE_STRIDE1_S8)
                   : "+r"(r0)
                   :
                   : "r1", "r2", "r3", "r12", "cc", "memory");
}

inline MICRONETS_KERNEL void depthwise_row_stride2_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(MICRONETS_DEPTHWISE_ROW_S8(MICRONETS_DEPTHWISE_STRIDE2_S8)
                   : "+r"(r0)
                   :
                   : "r1", "r2", "r3", "r12", "cc", "memory");
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_TILES_S8_H_
