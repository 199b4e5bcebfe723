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

/// What two filters need; the second may be the first once more.
struct MvePairS8 {
  int32_t bias[2];
  int32_t multiplier[2];
  int32_t zero_point;
  int8_t* output[2];
};

/// The same for two filters, whose sums alternate.
inline MICRONETS_KERNEL void mve_requantize_pair_s8(const int32_t* sums, const int16_t* places,
                                                    int32_t blocks, const MvePairS8& pair) {
  int8_t* const first = pair.output[0];
  int8_t* const second = pair.output[1];
  __asm__ volatile(
      "vdup.32 q4, %[multiplier0]; vdup.32 q5, %[multiplier1]\n"
      "dls lr, %[blocks]\n"
      "1:\n"
      "vld40.32 {q0, q1, q2, q3}, [%[sums]]; vld41.32 {q0, q1, q2, q3}, [%[sums]]\n"
      "vld42.32 {q0, q1, q2, q3}, [%[sums]]; vld43.32 {q0, q1, q2, q3}, [%[sums]]!\n"
      "vadd.i32 q0, q0, %[bias0]; vadd.i32 q1, q1, %[bias1]\n"
      "vadd.i32 q2, q2, %[bias0]; vadd.i32 q3, q3, %[bias1]\n"
      "vrmulh.s32 q0, q0, q4; vrmulh.s32 q1, q1, q5\n"
      "vrmulh.s32 q2, q2, q4; vrmulh.s32 q3, q3, q5\n"
      "vqmovnb.s32 q0, q0; vqmovnb.s32 q1, q1\n"
      "vqmovnt.s32 q0, q2; vqmovnt.s32 q1, q3\n"
      "vqadd.s16 q0, q0, %[zero_point]; vqadd.s16 q1, q1, %[zero_point]\n"
      "vldrh.u16 q2, [%[places]], #16\n"
      "vqmovnb.s16 q0, q0; vqmovnb.s16 q1, q1\n"
      "vptt.s16 ge, q2, zr\n"
      "vstrbt.16 q0, [%[first], q2]; vstrbt.16 q1, [%[second], q2]\n"
      "le lr, 1b\n"
      : [sums] "+r"(sums), [places] "+r"(places)
      : [blocks] "r"(blocks), [bias0] "r"(pair.bias[0]), [bias1] "r"(pair.bias[1]),
        [multiplier0] "r"(pair.multiplier[0]), [multiplier1] "r"(pair.multiplier[1]),
        [zero_point] "r"(pair.zero_point), [first] "r"(first), [second] "r"(second)
      : "q0", "q1", "q2", "q3", "q4", "q5", "lr", "memory", MICRONETS_PREDICATE);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_REQUANTIZE_S8_H_
