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
  int8_t* output[2];
  int32_t weights[6];  // those of both filters alternate
  int32_t bias[2];
  int32_t multiplier[2];
  int32_t zero_point;
  int32_t count;
};

/// Two filters at the pixels of a row, four at a time: so few channels would not fill a vector. The
/// assembly saves the registers itself: it needs all of them.
inline MICRONETS_KERNEL void mve_pointwise3_row_s8(const MvePointwise3S8* row) {
  register const MvePointwise3S8* r0 __asm__("r0") = row;
  __asm__ volatile(
      "push {r4-r12, lr}; vpush {d8-d13}\n"
      "ldrd r1, r2, [r0, #52]; vdup.32 q4, r1; vdup.32 q5, r2\n"
      "ldrd r1, lr, [r0, #60]; vdup.32 q6, r1\n"
      "ldmia r0, {r0-r12}\n"
      "dlstp.32 lr, lr\n"
      "1:\n"
      "vldrb.s32 q0, [r0], #4; vldrb.s32 q1, [r1], #4; vldrb.s32 q2, [r2], #4\n"
      "vmul.i32 q3, q0, r5; vmla.s32 q3, q1, r7; vmla.s32 q3, q2, r9\n"
      "vadd.i32 q3, q3, r11; vrmulh.s32 q3, q3, q4; vadd.i32 q3, q3, q6\n"
      "vqmovnb.s32 q3, q3; vqmovnb.s16 q3, q3; vstrb.32 q3, [r3], #4\n"
      "vmul.i32 q3, q0, r6; vmla.s32 q3, q1, r8; vmla.s32 q3, q2, r10\n"
      "vadd.i32 q3, q3, r12; vrmulh.s32 q3, q3, q5; vadd.i32 q3, q3, q6\n"
      "vqmovnb.s32 q3, q3; vqmovnb.s16 q3, q3; vstrb.32 q3, [r4], #4\n"
      "letp lr, 1b\n"
      "vpop {d8-d13}; pop {r4-r12, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// Rows that follow each other.
inline MICRONETS_KERNEL void mve_pointwise3_s8(const PointwiseConv2DS8& p, int32_t height,
                                               const int8_t* input, int8_t* output) {
  const int8_t* weights = p.weights;
  const int32_t plane = p.output.channel_stride();
  const int32_t row_stride = p.output.row_stride();
  MvePointwise3S8 row;
  row.zero_point = p.range.zero_point;
  row.count = p.output.width;
  for (int32_t filter = 0; filter < p.output.channels; filter += 2) {
    const int32_t next = filter + 1 < p.output.channels ? 1 : 0;
    for (int32_t i = 0; i < 3; ++i) {  // a filter without another one has no pairs
      row.weights[2 * i] = weights[i * (1 + next)];
      row.weights[2 * i + 1] = weights[i * (1 + next) + next];
      row.channels[i] = input + i * p.input.channel_stride();
    }
    for (int32_t i = 0; i < 2; ++i) {
      row.bias[i] = p.bias[filter + i * next];
      row.multiplier[i] = p.multiplier[filter + i * next];
      row.output[i] = output + (filter + i * next) * plane;
    }
    for (int32_t y = 0; y < height; ++y) {
      mve_pointwise3_row_s8(&row);
      for (int32_t i = 0; i < 3; ++i) row.channels[i] += p.input.row_stride();
      row.output[0] += row_stride;
      row.output[1] += row_stride;
    }
    weights += 8;
  }
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_POINTWISE3_S8_H_
