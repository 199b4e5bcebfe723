// micronets/core/mve_requantize_s8.h - from 32-bit sums back to int8 with Helium, eight at a time.
#ifndef MICRONETS_CORE_MVE_REQUANTIZE_S8_H_
#define MICRONETS_CORE_MVE_REQUANTIZE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
// VRMULH is the rounded high half of `requantize_s8`. Sums become int16 before the zero point is
// added and int8 after it, both saturated: the same code as if only the end were.

/// Where the outputs of a row go, one after the other: `first`, `first` + 1 ...
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

/// Sums of one filter: `blocks` times 8, each stored at `output` + its entry of `places`, not where
/// that is below 0.
MICRONETS_INLINE void mve_requantize_s8(const int32_t* sums, const int16_t* places, int32_t blocks,
                                        int32_t bias, int32_t multiplier, int32_t zero_point,
                                        int8_t* output) {
  __asm__ volatile(
      "vdup.32 q2, %[multiplier]\n"
      "dls lr, %[blocks]\n"
      "1:\n"
      "vld20.32 {q0, q1}, [%[sums]]; vld21.32 {q0, q1}, [%[sums]]!\n"
      "vadd.i32 q0, q0, %[bias]; vadd.i32 q1, q1, %[bias]\n"
      "vrmulh.s32 q0, q0, q2; vrmulh.s32 q1, q1, q2\n"
      "vqmovnb.s32 q0, q0; vqmovnt.s32 q0, q1\n"
      "vldrh.u16 q3, [%[places]], #16\n"
      "vqadd.s16 q0, q0, %[zero_point]; vqmovnb.s16 q0, q0\n"
      "vpt.s16 ge, q3, zr; vstrbt.16 q0, [%[output], q3]\n"
      "le lr, 1b\n"
      : [sums] "+r"(sums), [places] "+r"(places)
      : [blocks] "r"(blocks), [bias] "r"(bias), [multiplier] "r"(multiplier),
        [zero_point] "r"(zero_point), [output] "r"(output)
      : "q0", "q1", "q2", "q3", "lr", "memory", MICRONETS_PREDICATE);
}

/// What the assembly for two filters reads, in this order; the second may be the first once more.
struct MvePairS8 {
  int32_t* sums;          // those of both alternate
  const int16_t* places;  // as above
  int32_t blocks;
  int32_t zero_point;
  int8_t* output[2];
  int32_t bias[2];
  int32_t multiplier[2];
};

/// The same for two filters. The assembly saves the registers itself: it needs most of them.
inline MICRONETS_KERNEL void mve_requantize_pair_s8(const MvePairS8* pair) {
  register const MvePairS8* r0 __asm__("r0") = pair;
  __asm__ volatile(
      "push {r4-r10, lr}; vpush {d8-d11}\n"
      "ldmia r0, {r1-r10}\n"
      "vdup.32 q4, r9; vdup.32 q5, r10\n"
      "dls lr, r3\n"
      "1:\n"
      "vld40.32 {q0, q1, q2, q3}, [r1]; vld41.32 {q0, q1, q2, q3}, [r1]\n"
      "vld42.32 {q0, q1, q2, q3}, [r1]; vld43.32 {q0, q1, q2, q3}, [r1]!\n"
      "vadd.i32 q0, q0, r7; vadd.i32 q1, q1, r8\n"
      "vadd.i32 q2, q2, r7; vadd.i32 q3, q3, r8\n"
      "vrmulh.s32 q0, q0, q4; vrmulh.s32 q1, q1, q5\n"
      "vrmulh.s32 q2, q2, q4; vrmulh.s32 q3, q3, q5\n"
      "vqmovnb.s32 q0, q0; vqmovnb.s32 q1, q1\n"
      "vqmovnt.s32 q0, q2; vqmovnt.s32 q1, q3\n"
      "vqadd.s16 q0, q0, r4; vqadd.s16 q1, q1, r4\n"
      "vldrh.u16 q2, [r2], #16\n"
      "vqmovnb.s16 q0, q0; vqmovnb.s16 q1, q1\n"
      "vptt.s16 ge, q2, zr\n"
      "vstrbt.16 q0, [r5, q2]; vstrbt.16 q1, [r6, q2]\n"
      "le lr, 1b\n"
      "vpop {d8-d11}; pop {r4-r10, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "q0", "q1", "q2", "q3", "cc", "memory", MICRONETS_PREDICATE);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_REQUANTIZE_S8_H_
