// micronets/core/mve_row3x3_s8.h - one row of 3x3 windows of one channel each with Helium.
#ifndef MICRONETS_CORE_MVE_ROW3X3_S8_H_
#define MICRONETS_CORE_MVE_ROW3X3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/depthwise_tiles_s8.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
// Four neighbouring outputs are a vector of 32 bits each, to which nine vectors of the input are
// added, times a weight. They are read where they lie, so that rows of a ring need not be copied,
// and nothing behind the last window is.
//   r0-r2 rows, r3 output, r4-r11 weights but the first, r12 bias, lr outputs to go
//   q0 sums, q1 values, q2 first weight, q3 multiplier, q4 zero point, q5-q7 places of a column
// The assembly saves the registers itself: it needs all of them. The struct goes onto the stack.

/// A channel after the other; `places` come before the first, `vector` are nine products.
#define MICRONETS_MVE_ROW3X3_S8(places, vector)                                        \
  "push {r4-r11, lr}; vpush {d8-d15}\n"                                                \
  "ldmia r0!, {r1-r12}; vdup.32 q4, r10; push {r1-r12}\n"                              \
  "ldmia r0, {r0-r3}\n" places                                                         \
  "1:\n"                                                                               \
  "ldrd r4, r5, [sp, #40]; ldr r12, [r4], #4; ldr r6, [r5], #4\n"                      \
  "strd r4, r5, [sp, #40]; vdup.32 q3, r6\n"                                           \
  "ldr lr, [sp, #16]; ldrsb r4, [lr], #1; vdup.32 q2, r4\n"                            \
  "ldrsb r4, [lr], #1; ldrsb r5, [lr], #1; ldrsb r6, [lr], #1; ldrsb r7, [lr], #1\n"   \
  "ldrsb r8, [lr], #1; ldrsb r9, [lr], #1; ldrsb r10, [lr], #1; ldrsb r11, [lr], #1\n" \
  "str lr, [sp, #16]; ldr lr, [sp, #24]; dlstp.32 lr, lr\n"                            \
  "2:\n" vector                                                                        \
  "vrmulh.s32 q0, q0, q3; vadd.i32 q0, q0, q4\n"                                       \
  "vqmovnb.s32 q0, q0; vqmovnb.s16 q0, q0; vstrb.32 q0, [r3], #4\n"                    \
  "letp lr, 2b\n"                                                                      \
  "ldmia sp, {r4-r9}\n"                                                                \
  "add r0, r0, r4; add r1, r1, r5; add r2, r2, r6; add r3, r3, r7\n"                   \
  "cmp r8, r9; bne 1b\n"                                                               \
  "add sp, sp, #48; vpop {d8-d15}; pop {r4-r11, lr}\n"

/// The products where windows are neighbours.
#define MICRONETS_MVE_NEIGHBOURS_S8                 \
  "vldrb.s32 q0, [r0], #4; vmlas.s32 q0, q2, r12\n" \
  "vldrb.s32 q1, [r0, #-3]; vmla.s32 q0, q1, r4\n"  \
  "vldrb.s32 q1, [r0, #-2]; vmla.s32 q0, q1, r5\n"  \
  "vldrb.s32 q1, [r1], #4; vmla.s32 q0, q1, r6\n"   \
  "vldrb.s32 q1, [r1, #-3]; vmla.s32 q0, q1, r7\n"  \
  "vldrb.s32 q1, [r1, #-2]; vmla.s32 q0, q1, r8\n"  \
  "vldrb.s32 q1, [r2], #4; vmla.s32 q0, q1, r9\n"   \
  "vldrb.s32 q1, [r2, #-3]; vmla.s32 q0, q1, r10\n" \
  "vldrb.s32 q1, [r2, #-2]; vmla.s32 q0, q1, r11\n"

/// Where they are `stride` apart; `load` brings codes or pixels.
#define MICRONETS_MVE_APART_S8(load)                                                             \
  load " q0, [r0, q5]; vmlas.s32 q0, q2, r12\n" load " q1, [r0, q6]; vmla.s32 q0, q1, r4\n" load \
       " q1, [r0, q7]; vmla.s32 q0, q1, r5\n" load " q1, [r1, q5]; vmla.s32 q0, q1, r6\n" load   \
       " q1, [r1, q6]; vmla.s32 q0, q1, r7\n" load " q1, [r1, q7]; vmla.s32 q0, q1, r8\n" load   \
       " q1, [r2, q5]; vmla.s32 q0, q1, r9\n" load " q1, [r2, q6]; vmla.s32 q0, q1, r10\n" load  \
       " q1, [r2, q7]; vmla.s32 q0, q1, r11\n"                                                   \
       "add r0, r0, %[four]; add r1, r1, %[four]; add r2, r2, %[four]\n"

#define MICRONETS_MVE_PLACES_S8                                                \
  "mov r4, #0; vidup.u32 q5, r4, #1; mov r5, %[stride]; vmul.i32 q5, q5, r5\n" \
  "mov r5, #1; vadd.i32 q6, q5, r5; vadd.i32 q7, q6, r5\n"

/// Columns by which the assembly moves on in a row.
constexpr int32_t mve_row3x3_columns_s8(int32_t width) { return (width + 3) & ~3; }

inline MICRONETS_KERNEL void mve_row3x3_stride1_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(MICRONETS_MVE_ROW3X3_S8("", MICRONETS_MVE_NEIGHBOURS_S8)
                   : "+r"(r0)
                   :
                   : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory");
}

inline MICRONETS_KERNEL void mve_row3x3_stride2_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(
      MICRONETS_MVE_ROW3X3_S8(MICRONETS_MVE_PLACES_S8, MICRONETS_MVE_APART_S8("vldrb.s32"))
      : "+r"(r0)
      : [stride] "i"(2), [four] "i"(8)
      : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// Of pixels: the bias must make up for what they are more than codes.
template <int32_t Stride>
MICRONETS_KERNEL void mve_row3x3_pixels_s8(const DepthwiseRowS8* row) {
  register const DepthwiseRowS8* r0 __asm__("r0") = row;
  __asm__ volatile(
      MICRONETS_MVE_ROW3X3_S8(MICRONETS_MVE_PLACES_S8, MICRONETS_MVE_APART_S8("vldrb.u32"))
      : "+r"(r0)
      : [stride] "i"(Stride), [four] "i"(4 * Stride)
      : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "cc", "memory");
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_ROW3X3_S8_H_
