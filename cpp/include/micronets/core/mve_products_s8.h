// micronets/core/mve_products_s8.h - sums of products of pixels and two filters with Helium.
#ifndef MICRONETS_CORE_MVE_PRODUCTS_S8_H_
#define MICRONETS_CORE_MVE_PRODUCTS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// Sixteen weights of each of two filters.
struct MveWeightsS8 {
  Bytes16 first;
  Bytes16 second;
};

/// That alternate in memory.
MICRONETS_INLINE MveWeightsS8 load_paired_s8(const int8_t* weights) {
  MveWeightsS8 loaded;
  __asm__ volatile(
      "vld20.8 {q0, q1}, [%[weights]]; vld21.8 {q0, q1}, [%[weights]]\n"
      "vmov %q[first], q0; vmov %q[second], q1\n"
      : [first] "=&w"(loaded.first), [second] "=&w"(loaded.second)
      : [weights] "r"(weights)
      : "q0", "q1", "memory");
  return loaded;
}

/// The same with zeros behind the first `count`.
MICRONETS_INLINE MveWeightsS8 load_last_paired_s8(const int8_t* weights, int32_t count) {
  MveWeightsS8 loaded;
  const Bytes16 even = mve_multiples_8(2);
  __asm__ volatile(
      "vctp.8 %[count]; vpstt\n"
      "vldrbt.u8 %q[a], [%[first], %q[even]]; vldrbt.u8 %q[b], [%[second], %q[even]]\n"
      : [a] "=&w"(loaded.first), [b] "=&w"(loaded.second)
      : [first] "r"(weights), [second] "r"(weights + 1), [even] "w"(even), [count] "r"(count)
      : "memory", MICRONETS_PREDICATE);
  return loaded;
}

/// That lie apart; zeros behind the first `count`.
MICRONETS_INLINE MveWeightsS8 load_rows_s8(const int8_t* first, const int8_t* second,
                                           int32_t count) {
  MveWeightsS8 loaded;
  __asm__ volatile(
      "vctp.8 %[count]; vpstt\n"
      "vldrbt.8 %q[a], [%[first]]; vldrbt.8 %q[b], [%[second]]\n"
      : [a] "=&w"(loaded.first), [b] "=&w"(loaded.second)
      : [first] "r"(first), [second] "r"(second), [count] "r"(count)
      : "memory", MICRONETS_PREDICATE);
  return loaded;
}

/// Two filters of up to 16 * `Chunks` weights, kept in registers while pixels of as many values go
/// by, two in a turn: sums[2 * pixel + filter].
template <int32_t Chunks>
MICRONETS_INLINE void mve_resident_products_s8(const MveWeightsS8* w, const int8_t* pixels,
                                               int32_t turns, int32_t* sums) {
  Bytes16 pixel;
  if (Chunks == 1) {
    __asm__ volatile(
        "dls lr, %[turns]\n"
        "1:\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r0, %q[pixel], %q[a0]; vmladav.s8 r2, %q[pixel], %q[b0]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r4, %q[pixel], %q[a0]; vmladav.s8 r6, %q[pixel], %q[b0]\n"
        "stmia %[sums]!, {r0, r2, r4, r6}\n"
        "le lr, 1b\n"
        : [pixels] "+r"(pixels), [sums] "+r"(sums), [pixel] "=&w"(pixel)
        : [turns] "r"(turns), [a0] "w"(w[0].first), [b0] "w"(w[0].second)
        : "r0", "r2", "r4", "r6", "lr", "memory");
  } else if (Chunks == 2) {
    __asm__ volatile(
        "dls lr, %[turns]\n"
        "1:\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r0, %q[pixel], %q[a0]; vmladav.s8 r2, %q[pixel], %q[b0]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r0, %q[pixel], %q[a1]; vmladava.s8 r2, %q[pixel], %q[b1]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r4, %q[pixel], %q[a0]; vmladav.s8 r6, %q[pixel], %q[b0]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r4, %q[pixel], %q[a1]; vmladava.s8 r6, %q[pixel], %q[b1]\n"
        "stmia %[sums]!, {r0, r2, r4, r6}\n"
        "le lr, 1b\n"
        : [pixels] "+r"(pixels), [sums] "+r"(sums), [pixel] "=&w"(pixel)
        : [turns] "r"(turns), [a0] "w"(w[0].first), [b0] "w"(w[0].second), [a1] "w"(w[1].first),
          [b1] "w"(w[1].second)
        : "r0", "r2", "r4", "r6", "lr", "memory");
  } else {
    __asm__ volatile(
        "dls lr, %[turns]\n"
        "1:\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r0, %q[pixel], %q[a0]; vmladav.s8 r2, %q[pixel], %q[b0]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r0, %q[pixel], %q[a1]; vmladava.s8 r2, %q[pixel], %q[b1]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r0, %q[pixel], %q[a2]; vmladava.s8 r2, %q[pixel], %q[b2]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladav.s8 r4, %q[pixel], %q[a0]; vmladav.s8 r6, %q[pixel], %q[b0]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r4, %q[pixel], %q[a1]; vmladava.s8 r6, %q[pixel], %q[b1]\n"
        "vldrb.8 %q[pixel], [%[pixels]], #16\n"
        "vmladava.s8 r4, %q[pixel], %q[a2]; vmladava.s8 r6, %q[pixel], %q[b2]\n"
        "stmia %[sums]!, {r0, r2, r4, r6}\n"
        "le lr, 1b\n"
        : [pixels] "+r"(pixels), [sums] "+r"(sums), [pixel] "=&w"(pixel)
        : [turns] "r"(turns), [a0] "w"(w[0].first), [b0] "w"(w[0].second), [a1] "w"(w[1].first),
          [b1] "w"(w[1].second), [a2] "w"(w[Chunks - 1].first), [b2] "w"(w[Chunks - 1].second)
        : "r0", "r2", "r4", "r6", "lr", "memory");
  }
}

/// What the assembly for three pixels and two filters reads, in this order. It writes six sums,
/// sums[2 * pixel + filter], and moves on behind them.
struct MveStreamS8 {
  const int8_t* first;
  const int8_t* second;
  const int8_t* pixels[3];
  int32_t count;
  int32_t* sums;
  const int8_t* last;  // of pairs: another 16 weights of each; null where there are none
  int32_t rows;
  int32_t next_weights;  // from the end of a row, a multiple of 16 values, to the next one
  int32_t next_pixels;
};

// The assembly saves the registers itself: it needs all of them.

/// Filters whose weights alternate from `first` on: `count` times 16 of each, then the `last`.
inline MICRONETS_KERNEL void mve_paired_products_s8(MveStreamS8* stream) {
  register MveStreamS8* r0 __asm__("r0") = stream;
  __asm__ volatile(
      "push {r4-r11, lr}\n"
      "mov r12, r0; ldmia r12, {r1, r3, r5, r7, r9, r11}\n"
      "mov r0, #0; mov r2, #0; mov r4, #0; mov r6, #0; mov r8, #0; mov r10, #0\n"
      "ldr r3, [r12, #28]\n"
      "wls lr, r11, 2f\n"
      "1:\n"
      "vld20.8 {q0, q1}, [r1]; vld21.8 {q0, q1}, [r1]!\n"
      "vldrb.8 q2, [r5], #16; vmladava.s8 r0, q2, q0; vmladava.s8 r2, q2, q1\n"
      "vldrb.8 q2, [r7], #16; vmladava.s8 r4, q2, q0; vmladava.s8 r6, q2, q1\n"
      "vldrb.8 q2, [r9], #16; vmladava.s8 r8, q2, q0; vmladava.s8 r10, q2, q1\n"
      "le lr, 1b\n"
      "2:\n"
      "mov r1, r3; mov r3, #0; mov r11, #1; dls lr, r11\n"
      "cmp r1, #0; bne 1b\n"
      "ldr r11, [r12, #24]; stmia r11!, {r0, r2, r4, r6, r8, r10}\n"
      "str r11, [r12, #24]; pop {r4-r11, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "cc", "memory");
}

/// Filters that lie apart: `rows` rows of `count` weights.
inline MICRONETS_KERNEL void mve_row_products_s8(MveStreamS8* stream) {
  register MveStreamS8* r0 __asm__("r0") = stream;
  __asm__ volatile(
      "push {r4-r11, lr}\n"
      "mov r12, r0; ldmia r12, {r1, r3, r5, r7, r9}\n"
      "ldr r0, [r12, #32]; push {r0}\n"
      "mov r0, #0; mov r2, #0; mov r4, #0; mov r6, #0; mov r8, #0; mov r10, #0\n"
      "1:\n"
      "ldr r11, [r12, #20]; dlstp.8 lr, r11\n"
      "2:\n"
      "vldrb.8 q0, [r1], #16; vldrb.8 q1, [r3], #16\n"
      "vldrb.8 q2, [r5], #16; vmladava.s8 r0, q2, q0; vmladava.s8 r2, q2, q1\n"
      "vldrb.8 q2, [r7], #16; vmladava.s8 r4, q2, q0; vmladava.s8 r6, q2, q1\n"
      "vldrb.8 q2, [r9], #16; vmladava.s8 r8, q2, q0; vmladava.s8 r10, q2, q1\n"
      "letp lr, 2b\n"
      "ldrd r11, lr, [r12, #36]; add r1, r1, r11; add r3, r3, r11\n"
      "add r5, r5, lr; add r7, r7, lr; add r9, r9, lr\n"
      "ldr r11, [sp]; subs r11, r11, #1; str r11, [sp]; bne 1b\n"
      "ldr r11, [r12, #24]; stmia r11!, {r0, r2, r4, r6, r8, r10}\n"
      "str r11, [r12, #24]; add sp, sp, #4; pop {r4-r11, lr}\n"
      : "+r"(r0)
      :
      : "r1", "r2", "r3", "r12", "q0", "q1", "q2", "cc", "memory");
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_PRODUCTS_S8_H_
