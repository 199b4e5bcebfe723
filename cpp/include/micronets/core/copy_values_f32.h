// micronets/core/copy_values_f32.h - neighbours of one channel as adjacent floats.
#ifndef MICRONETS_CORE_COPY_VALUES_F32_H_
#define MICRONETS_CORE_COPY_VALUES_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// to[i] = from[i * step] for `count` values.
template <typename Input>
MICRONETS_INLINE void copy_values_f32(const Input& from, int32_t step, int32_t count, float* to) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[i * step];
}

#if MICRONETS_VFP4
inline MICRONETS_KERNEL void copy_few_values_f32(Affine<uint8_t> from, int32_t step, int32_t count,
                                                 float* to) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[i * step];
}

/// Twelve pixels at a time; the last twelve move back and convert some again. Where the offset is
/// zero, the products alone are the same numbers.
MICRONETS_INLINE void copy_values_f32(const Affine<uint8_t>& from, int32_t step, int32_t count,
                                      float* to) {
  const uint8_t* pixels = from.data;
  if (count < 12) {
    copy_few_values_f32(from, step, count, to);
    return;
  }
  int32_t shifted;  // not zero where the offset is not zero
  memcpy(&shifted, &from.offset, sizeof shifted);
  int32_t a, b, c, d;
  __asm__ volatile(
      "1:\n"
      "ldrb %[a], [%[pixels]]; ldrb %[b], [%[pixels], %[step]]\n"
      "ldrb %[c], [%[pixels], %[step], lsl #1]; ldrb %[d], [%[pixels], %[step3]]\n"
      "add %[pixels], %[pixels], %[step], lsl #2\n"
      "vmov s0, s1, %[a], %[b]; vmov s2, s3, %[c], %[d]\n"
      "ldrb %[a], [%[pixels]]; ldrb %[b], [%[pixels], %[step]]\n"
      "ldrb %[c], [%[pixels], %[step], lsl #1]; ldrb %[d], [%[pixels], %[step3]]\n"
      "add %[pixels], %[pixels], %[step], lsl #2\n"
      "vmov s4, s5, %[a], %[b]; vmov s6, s7, %[c], %[d]\n"
      "ldrb %[a], [%[pixels]]; ldrb %[b], [%[pixels], %[step]]\n"
      "ldrb %[c], [%[pixels], %[step], lsl #1]; ldrb %[d], [%[pixels], %[step3]]\n"
      "add %[pixels], %[pixels], %[step], lsl #2\n"
      "vmov s8, s9, %[a], %[b]; vmov s10, s11, %[c], %[d]\n"
      "vcvt.f32.u32 s0, s0; vcvt.f32.u32 s1, s1; vcvt.f32.u32 s2, s2; vcvt.f32.u32 s3, s3\n"
      "vcvt.f32.u32 s4, s4; vcvt.f32.u32 s5, s5; vcvt.f32.u32 s6, s6; vcvt.f32.u32 s7, s7\n"
      "vcvt.f32.u32 s8, s8; vcvt.f32.u32 s9, s9; vcvt.f32.u32 s10, s10; vcvt.f32.u32 s11, s11\n"
      "cmp %[shifted], #0; bne 2f\n"
      "vmul.f32 s16, s0, %[scale]; vmul.f32 s17, s1, %[scale]; vmul.f32 s18, s2, %[scale]\n"
      "vmul.f32 s19, s3, %[scale]; vmul.f32 s20, s4, %[scale]; vmul.f32 s21, s5, %[scale]\n"
      "vmul.f32 s22, s6, %[scale]; vmul.f32 s23, s7, %[scale]; vmul.f32 s24, s8, %[scale]\n"
      "vmul.f32 s25, s9, %[scale]; vmul.f32 s26, s10, %[scale]; vmul.f32 s27, s11, %[scale]\n"
      "b 3f\n"
      "2:\n"
      "vmov.f32 s16, %[offset]; vmov.f32 s17, %[offset]; vmov.f32 s18, %[offset]\n"
      "vmov.f32 s19, %[offset]; vmov.f32 s20, %[offset]; vmov.f32 s21, %[offset]\n"
      "vmov.f32 s22, %[offset]; vmov.f32 s23, %[offset]; vmov.f32 s24, %[offset]\n"
      "vmov.f32 s25, %[offset]; vmov.f32 s26, %[offset]; vmov.f32 s27, %[offset]\n"
      "vfma.f32 s16, s0, %[scale]; vfma.f32 s17, s1, %[scale]; vfma.f32 s18, s2, %[scale]\n"
      "vfma.f32 s19, s3, %[scale]; vfma.f32 s20, s4, %[scale]; vfma.f32 s21, s5, %[scale]\n"
      "vfma.f32 s22, s6, %[scale]; vfma.f32 s23, s7, %[scale]; vfma.f32 s24, s8, %[scale]\n"
      "vfma.f32 s25, s9, %[scale]; vfma.f32 s26, s10, %[scale]; vfma.f32 s27, s11, %[scale]\n"
      "3:\n"
      "vstmia %[to]!, {s16-s27}; subs %[count], %[count], #12; ble 4f\n"
      "cmp %[count], #12; bge 1b\n"
      "rsb %[a], %[count], #12; mls %[pixels], %[a], %[step], %[pixels]\n"
      "sub %[to], %[to], %[a], lsl #2; mov %[count], #12; b 1b\n"
      "4:\n"
      : [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d), [pixels] "+r"(pixels),
        [to] "+r"(to), [count] "+r"(count)
      : [step] "r"(step), [step3] "r"(step * 3), [shifted] "r"(shifted), [scale] "t"(from.scale),
        [offset] "t"(from.offset)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s16", "s17",
        "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "cc", "memory");
}
#endif  // MICRONETS_VFP4

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_COPY_VALUES_F32_H_
