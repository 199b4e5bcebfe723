// micronets/core/mve_pointwise3_s8.h - 1x1 convolution of three planar channels with Helium.
#ifndef MICRONETS_CORE_MVE_POINTWISE3_S8_H_
#define MICRONETS_CORE_MVE_POINTWISE3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/mve.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// What the assembly reads at every row, in this order.
struct MvePointwise3S8 {
  const int8_t* channels[3];
  int8_t* output;
  int32_t plane;          // from one output channel to the next
  const int8_t* weights;  // of pairs: those of both filters alternate, and two zeros follow
  const int32_t* bias;
  const int32_t* multiplier;
  int32_t count;  // of pixels
  int32_t pairs;
  int32_t zero_point;
};

/// Pairs of filters at the pixels of a row, four at a time: so few channels would not fill a
/// vector. The assembly saves the registers itself: it needs all of them. The struct goes onto the
/// stack.
inline MICRONETS_KERNEL void mve_pointwise3_row_s8(const MvePointwise3S8* row) {
  register const MvePointwise3S8* r0 __asm__("r0") = row;
  __asm__ volatile(
      "push {r4-r12, lr}; vpush {d8-d13}\n"
      "ldmia r0, {r1-r11}; vdup.32 q6, r11; push {r1-r10}\n"
      "1:\n"
      "ldrd r0, r1, [sp, #24]; ldmia r0!, {r11, r12}; ldmia r1!, {r2, r3}\n"
      "strd r0, r1, [sp, #24]; vdup.32 q4, r2; vdup.32 q5, r3\n"
      "ldr r0, [sp, #20]; ldrsb r5, [r0], #1; ldrsb r6, [r0], #1; ldrsb r7, [r0], #1\n"
      "ldrsb r8, [r0], #1; ldrsb r9, [r0], #1; ldrsb r10, [r0], #3; str r0, [sp, #20]\n"
      "ldmia sp, {r0-r4}; add lr, r3, r4, lsl #1; str lr, [sp, #12]; add r4, r3, r4\n"
      "ldr lr, [sp, #32]; dlstp.32 lr, lr\n"
      "2:\n"
      "vldrb.s32 q0, [r0], #4; vldrb.s32 q1, [r1], #4; vldrb.s32 q2, [r2], #4\n"
      "vmul.i32 q3, q0, r5; vmla.s32 q3, q1, r7; vmla.s32 q3, q2, r9\n"
      "vadd.i32 q3, q3, r11; vrmulh.s32 q3, q3, q4; vadd.i32 q3, q3, q6\n"
      "vqmovnb.s32 q3, q3; vqmovnb.s16 q3, q3; vstrb.32 q3, [r3], #4\n"
      "vmul.i32 q3, q0, r6; vmla.s32 q3, q1, r8; vmla.s32 q3, q2, r10\n"
      "vadd.i32 q3, q3, r12; vrmulh.s32 q3, q3, q5; vadd.i32 q3, q3, q6\n"
      "vqmovnb.s32 q3, q3; vqmovnb.s16 q3, q3; vstrb.32 q3, [r4], #4\n"
      "letp lr, 2b\n"
      "ldr r0, [sp, #36]; subs r0, r0, #1; str r0, [sp, #36]; bne 1b\n"
      "add sp, sp, #40; vpop {d8-d13}; pop {r4-r12, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// The same at rows that follow each other.
MICRONETS_INLINE void mve_pointwise3_rows_s8(const PointwiseConv2DS8& p, int32_t height,
                                             const int8_t* input, int8_t* output,
                                             MvePointwise3S8& row) {
  row.output = output;
  for (int32_t y = 0; y < height; ++y) {
    for (int32_t i = 0; i < 3; ++i) row.channels[i] = input + i * p.input.channel_stride();
    mve_pointwise3_row_s8(&row);
    input += p.input.row_stride();
    row.output += p.output.row_stride();
  }
}

/// All filters at rows that follow each other; a single one is a pair with itself.
inline MICRONETS_KERNEL void mve_pointwise3_s8(const PointwiseConv2DS8& p, int32_t height,
                                               const int8_t* input, int8_t* output) {
  const int32_t pairs = p.output.channels / 2;
  MvePointwise3S8 row = {{nullptr, nullptr, nullptr},
                         nullptr,
                         p.output.channel_stride(),
                         p.weights,
                         p.bias,
                         p.multiplier,
                         p.output.width,
                         pairs,
                         p.range.zero_point};
  if (pairs != 0) mve_pointwise3_rows_s8(p, height, input, output, row);
  if (p.output.channels % 2 == 0) return;
  const int8_t* const single = p.weights + 8 * pairs;
  const int8_t weights[6] = {single[0], single[0], single[1], single[1], single[2], single[2]};
  const int32_t bias[2] = {p.bias[2 * pairs], p.bias[2 * pairs]};
  const int32_t multiplier[2] = {p.multiplier[2 * pairs], p.multiplier[2 * pairs]};
  row.weights = weights;
  row.bias = bias;
  row.multiplier = multiplier;
  row.plane = 0;
  row.pairs = 1;
  mve_pointwise3_rows_s8(p, height, input, output + 2 * pairs * p.output.channel_stride(), row);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_POINTWISE3_S8_H_
