// micronets/core/mve_row3x3_s8.h - one row of 3x3 windows of one channel each with Helium.
#ifndef MICRONETS_CORE_MVE_ROW3X3_S8_H_
#define MICRONETS_CORE_MVE_ROW3X3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/depthwise_tiles_s8.h"
#include "micronets/core/mve.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
// Rows of windows that are read where they lie, so that those of a ring need not be copied; nothing
// behind the last window is. The assembly saves the registers itself: it needs all of them. The
// struct goes onto the stack.

// Four outputs are a vector of 32 bits each, to which nine vectors of the input are added, times a
// weight.
//   r0-r2 rows, r3 output, r4-r11 weights but the first, r12 bias, lr outputs to go
//   q0 sums, q1 values, q2 first weight, q3 multiplier, q4 zero point, q5-q7 places of a column

/// Windows that are `stride` apart; `load` brings codes or pixels.
#define MICRONETS_MVE_ROW3X3_S8(load)                                                     \
  "push {r4-r11, lr}; vpush {d8-d15}\n"                                                   \
  "ldmia r0!, {r1-r12}; vdup.32 q4, r10; push {r1-r12}\n"                                 \
  "ldmia r0, {r0-r3}\n"                                                                   \
  "mov r4, #0; vidup.u32 q5, r4, #1; mov r5, %[stride]; vmul.i32 q5, q5, r5\n"            \
  "mov r5, #1; vadd.i32 q6, q5, r5; vadd.i32 q7, q6, r5\n"                                \
  "1:\n" /* a channel */                                                                  \
  "ldrd r4, r5, [sp, #40]; ldr r12, [r4], #4; ldr r6, [r5], #4\n"                         \
  "strd r4, r5, [sp, #40]; vdup.32 q3, r6\n"                                              \
  "ldr lr, [sp, #16]; ldrsb r4, [lr], #1; vdup.32 q2, r4\n"                               \
  "ldrsb r4, [lr], #1; ldrsb r5, [lr], #1; ldrsb r6, [lr], #1; ldrsb r7, [lr], #1\n"      \
  "ldrsb r8, [lr], #1; ldrsb r9, [lr], #1; ldrsb r10, [lr], #1; ldrsb r11, [lr], #1\n"    \
  "str lr, [sp, #16]; ldr lr, [sp, #24]; dlstp.32 lr, lr\n"                               \
  "2:\n" load " q0, [r0, q5]; vmlas.s32 q0, q2, r12\n" load                               \
  " q1, [r0, q6]; vmla.s32 q0, q1, r4; " load " q1, [r0, q7]; vmla.s32 q0, q1, r5\n" load \
  " q1, [r1, q5]; vmla.s32 q0, q1, r6; " load " q1, [r1, q6]; vmla.s32 q0, q1, r7\n" load \
  " q1, [r1, q7]; vmla.s32 q0, q1, r8; " load " q1, [r2, q5]; vmla.s32 q0, q1, r9\n" load \
  " q1, [r2, q6]; vmla.s32 q0, q1, r10; " load                                            \
  " q1, [r2, q7]; vmla.s32 q0, q1, r11\n"                                                 \
  "add r0, r0, %[four]; add r1, r1, %[four]; add r2, r2, %[four]\n"                       \
  "vrmulh.s32 q0, q0, q3; vadd.i32 q0, q0, q4\n"                                          \
  "vqmovnb.s32 q0, q0; vqmovnb.s16 q0, q0; vstrb.32 q0, [r3], #4\n"                       \
  "letp lr, 2b\n"                                                                         \
  "ldmia sp, {r4-r9}\n"                                                                   \
  "add r0, r0, r4; add r1, r1, r5; add r2, r2, r6; add r3, r3, r7\n"                      \
  "cmp r8, r9; bne 1b\n"                                                                  \
  "add sp, sp, #48; vpop {d8-d15}; pop {r4-r11, lr}\n"

template <int32_t Stride>
MICRONETS_KERNEL void mve_row3x3_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(MICRONETS_MVE_ROW3X3_S8("vldrb.s32")
                   : "+r"(r0)
                   : [stride] "i"(Stride), [four] "i"(4 * Stride)
                   : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// Of pixels: the bias must make up for what they are more than codes.
template <int32_t Stride>
MICRONETS_KERNEL void mve_row3x3_pixels_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(MICRONETS_MVE_ROW3X3_S8("vldrb.u32")
                   : "+r"(r0)
                   : [stride] "i"(Stride), [four] "i"(4 * Stride)
                   : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// The most outputs that one of the functions below finds room for.
enum : int32_t { mve_neighbours_s8 = 96 };

/// Windows that are neighbours: three rows are stored as columns of four bytes, so that a load
/// brings four columns, which are two outputs. Their sums are stored and requantized later.
inline MICRONETS_KERNEL void mve_row3x3_neighbours_s8(const DepthwiseRowS8* row) {
  const Bytes16 taps = {0, 3, 6, 0, 1, 4, 7, 0, 2, 5, 8, 0, 0, 0, 0, 0};
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(
      // r1, r3, r5 rows, r7 output, r11 outputs of a channel; 832 bytes for columns and sums
      "push {r4-r11, lr}; vpush {d8-d15}; vmov q6, %q[taps]\n"
      "ldmia r0!, {r1-r12}; sub sp, sp, #832; push {r1-r12}; mov r11, r7\n"
      "ldmia r0, {r1, r3, r5, r7}\n"
      "1:\n"  // a channel
      "add r9, r11, #2; add r8, r11, #17; lsr r8, r8, #4; add r10, sp, #48; dls lr, r8\n"
      "2:\n"
      "vctp.8 r9; vpsttt\n"
      "vldrbt.8 q0, [r1], #16; vldrbt.8 q1, [r3], #16; vldrbt.8 q2, [r5], #16\n"
      "vst40.8 {q0, q1, q2, q3}, [r10]; vst41.8 {q0, q1, q2, q3}, [r10]\n"
      "vst42.8 {q0, q1, q2, q3}, [r10]; vst43.8 {q0, q1, q2, q3}, [r10]!\n"
      "sub r9, r9, #16; le lr, 2b\n"
      "ldr r8, [sp, #16]; movw r9, #0x777; vmsr p0, r9; vpst; vldrbt.u8 q0, [r8, q6]\n"
      "add r8, r8, #9; str r8, [sp, #16]\n"
      "mov r9, #0; vmov q1, q0; vshlc q1, r9, #32\n"
      "add r9, r11, #3; lsr r9, r9, #2; add r10, sp, #48; add r8, sp, #496; dls lr, r9\n"
      "3:\n"  // four outputs
      "vldrb.8 q2, [r10], #8; vmladav.s8 r0, q2, q0; vmladav.s8 r2, q2, q1\n"
      "vldrb.8 q2, [r10], #8; vmladav.s8 r4, q2, q0; vmladav.s8 r6, q2, q1\n"
      "stmia r8!, {r0, r2, r4, r6}; le lr, 3b\n"
      "ldrd r8, r9, [sp, #40]; ldr r10, [r8], #4; ldr r12, [r9], #4\n"
      "strd r8, r9, [sp, #40]; vdup.32 q2, r12\n"
      "ldr r9, [sp, #36]; add r8, sp, #496; dlstp.32 lr, r11\n"
      "4:\n"
      "vldrw.32 q0, [r8], #16; vadd.i32 q0, q0, r10; vrmulh.s32 q0, q0, q2\n"
      "vadd.i32 q0, q0, r9; vqmovnb.s32 q0, q0; vqmovnb.s16 q0, q0\n"
      "vstrb.32 q0, [r7], #4; letp lr, 4b\n"
      "ldmia sp, {r0, r2, r4, r6, r8, r9}\n"
      "add r1, r1, r0; add r3, r3, r2; add r5, r5, r4; add r7, r7, r6\n"
      "cmp r8, r9; bne 1b\n"
      "add sp, sp, #880; vpop {d8-d15}; pop {r4-r11, lr}\n"
      : "+r"(r0)
      : [taps] "w"(taps)
      : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory", MICRONETS_PREDICATE);
}

/// Columns of the output, and values of a row of the input, by which the assembly moves on.
constexpr int32_t mve_row3x3_columns_s8(int32_t width) { return (width + 3) & ~3; }
constexpr int32_t mve_row3x3_values_s8(int32_t width, int32_t stride) {
  return stride == 1 && width <= mve_neighbours_s8 ? (width + 17) & ~15
                                                   : mve_row3x3_columns_s8(width) * stride;
}

/// The code for a width and a stride: where they are constants, only that is linked.
MICRONETS_INLINE DepthwiseRowKernelS8* mve_row3x3_kernel_s8(int32_t width, int32_t stride) {
  return stride == 2                  ? mve_row3x3_s8<2>
         : width <= mve_neighbours_s8 ? mve_row3x3_neighbours_s8
                                      : mve_row3x3_s8<1>;
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_ROW3X3_S8_H_
