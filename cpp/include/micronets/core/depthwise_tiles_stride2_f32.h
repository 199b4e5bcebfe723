// micronets/core/depthwise_tiles_stride2_f32.h - DepthwiseTiles at stride 2 in VFPv4 assembly.
#ifndef MICRONETS_CORE_DEPTHWISE_TILES_STRIDE2_F32_H_
#define MICRONETS_CORE_DEPTHWISE_TILES_STRIDE2_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"
#include "micronets/core/depthwise_tiles_f32.h"

namespace micronets {
inline namespace v1 {

// Same sums in the same order as the C++ form.
#if MICRONETS_VFP4
template <>
struct DepthwiseTiles<2, 4> {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t edges,
                                   int32_t last_edges, int32_t missing, const float* weights,
                                   float bias, float* output) {
    const float* row0 = rows[0];
    const float* row1 = rows[1];
    const float* row2 = rows[2];
    int32_t bias_bits;
    memcpy(&bias_bits, &bias, sizeof bias_bits);
    edges |= last_edges << 16;  // both in one register
    // "h" asks for registers from r8 up: gcc finds places for only 7 operands of the kind "r" where
    // a frame pointer is kept.
    __asm__ volatile(
        // weights; those of a missing row are cleared: NE any, CS the top one, MI the bottom one
        "vldmia %[weights], {s23-s31}; lsls %[missing], %[missing], #30; beq 1f\n"
        "mov.w %[missing], #0; bcc 2f; vmov s23, %[missing]; vmov s24, %[missing]\n"
        "vmov s25, %[missing]\n"
        "2:\n"
        "bpl 1f; vmov s29, %[missing]; vmov s30, %[missing]; vmov s31, %[missing]\n"
        "1:\n"
        // one tile; the flags say which columns are missing, as above
        "subs %[count], %[count], #1; it eq; orreq %[edges], %[edges], %[edges], lsr #16\n"
        "lsls %[missing], %[edges], #30\n"
        "vmov s9, %[bias]; vmov s10, %[bias]; vmov s11, %[bias]; vmov s12, %[bias]\n"
        "bne 10f; vldmia %[row0], {s0-s8}\n"
        "20:\n"
        "vfma.f32 s9, s0, s23; vfma.f32 s10, s2, s23; vfma.f32 s11, s4, s23\n"
        "vfma.f32 s12, s6, s23; vfma.f32 s9, s1, s24; vfma.f32 s10, s3, s24\n"
        "vfma.f32 s11, s5, s24; vfma.f32 s12, s7, s24; vfma.f32 s9, s2, s25\n"
        "vfma.f32 s10, s4, s25; vfma.f32 s11, s6, s25; vfma.f32 s12, s8, s25\n"
        "add %[row0], %[row0], #32\n"
        "bne 11f; vldmia %[row1], {s0-s8}\n"
        "21:\n"
        "vfma.f32 s9, s0, s26; vfma.f32 s10, s2, s26; vfma.f32 s11, s4, s26\n"
        "vfma.f32 s12, s6, s26; vfma.f32 s9, s1, s27; vfma.f32 s10, s3, s27\n"
        "vfma.f32 s11, s5, s27; vfma.f32 s12, s7, s27; vfma.f32 s9, s2, s28\n"
        "vfma.f32 s10, s4, s28; vfma.f32 s11, s6, s28; vfma.f32 s12, s8, s28\n"
        "add %[row1], %[row1], #32\n"
        "bne 12f; vldmia %[row2], {s0-s8}\n"
        "22:\n"
        "vfma.f32 s9, s0, s29; vfma.f32 s10, s2, s29; vfma.f32 s11, s4, s29\n"
        "vfma.f32 s12, s6, s29; vfma.f32 s9, s1, s30; vfma.f32 s10, s3, s30\n"
        "vfma.f32 s11, s5, s30; vfma.f32 s12, s7, s30; vfma.f32 s9, s2, s31\n"
        "vfma.f32 s10, s4, s31; vfma.f32 s11, s6, s31; vfma.f32 s12, s8, s31\n"
        "add %[row2], %[row2], #32\n"
        "vstmia %[output]!, {s9-s12}; bfc %[edges], #0, #16; cmp %[count], #0; bne 1b; b 3f\n"
        // rows with a missing column
        "10:\n"
        "mov.w %[missing], #0; vmov s0, %[missing]; vmov s8, %[missing]\n"
        "bcs 40f; vldmia %[row0], {s0-s7}; b 20b\n"
        "40:\n"
        "add.w %[missing], %[row0], #4; bmi 50f; vldmia %[missing], {s1-s8}; b 20b\n"
        "50:\n"
        "vldmia %[missing], {s1-s7}; b 20b\n"
        "11:\n"
        "bcs 41f; vldmia %[row1], {s0-s7}; b 21b\n"
        "41:\n"
        "add.w %[missing], %[row1], #4; bmi 51f; vldmia %[missing], {s1-s8}; b 21b\n"
        "51:\n"
        "vldmia %[missing], {s1-s7}; b 21b\n"
        "12:\n"
        "bcs 42f; vldmia %[row2], {s0-s7}; b 22b\n"
        "42:\n"
        "add.w %[missing], %[row2], #4; bmi 52f; vldmia %[missing], {s1-s8}; b 22b\n"
        "52:\n"
        "vldmia %[missing], {s1-s7}; b 22b\n"
        "3:\n"
        : [row0] "+h"(row0), [row1] "+h"(row1), [row2] "+h"(row2), [count] "+r"(count),
          [edges] "+r"(edges), [missing] "+r"(missing), [output] "+r"(output)
        : [weights] "r"(weights), [bias] "r"(bias_bits)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s23",
          "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31", "cc", "memory");
  }
};

template <>
struct DepthwiseTiles<2, 3> {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t edges,
                                   int32_t last_edges, int32_t missing, const float* weights,
                                   float bias, float* output) {
    const float* row0 = rows[0];
    const float* row1 = rows[1];
    const float* row2 = rows[2];
    int32_t bias_bits;
    memcpy(&bias_bits, &bias, sizeof bias_bits);
    edges |= last_edges << 16;  // both in one register
    // "h" asks for registers from r8 up: gcc finds places for only 7 operands of the kind "r" where
    // a frame pointer is kept.
    __asm__ volatile(
        // weights; those of a missing row are cleared: NE any, CS the top one, MI the bottom one
        "vldmia %[weights], {s23-s31}; lsls %[missing], %[missing], #30; beq 1f\n"
        "mov.w %[missing], #0; bcc 2f; vmov s23, %[missing]; vmov s24, %[missing]\n"
        "vmov s25, %[missing]\n"
        "2:\n"
        "bpl 1f; vmov s29, %[missing]; vmov s30, %[missing]; vmov s31, %[missing]\n"
        "1:\n"
        // one tile; the flags say which columns are missing, as above
        "subs %[count], %[count], #1; it eq; orreq %[edges], %[edges], %[edges], lsr #16\n"
        "lsls %[missing], %[edges], #30\n"
        "vmov s7, %[bias]; vmov s8, %[bias]; vmov s9, %[bias]\n"
        "bne 10f; vldmia %[row0], {s0-s6}\n"
        "20:\n"
        "vfma.f32 s7, s0, s23; vfma.f32 s8, s2, s23; vfma.f32 s9, s4, s23\n"
        "vfma.f32 s7, s1, s24; vfma.f32 s8, s3, s24; vfma.f32 s9, s5, s24\n"
        "vfma.f32 s7, s2, s25; vfma.f32 s8, s4, s25; vfma.f32 s9, s6, s25\n"
        "add %[row0], %[row0], #24\n"
        "bne 11f; vldmia %[row1], {s0-s6}\n"
        "21:\n"
        "vfma.f32 s7, s0, s26; vfma.f32 s8, s2, s26; vfma.f32 s9, s4, s26\n"
        "vfma.f32 s7, s1, s27; vfma.f32 s8, s3, s27; vfma.f32 s9, s5, s27\n"
        "vfma.f32 s7, s2, s28; vfma.f32 s8, s4, s28; vfma.f32 s9, s6, s28\n"
        "add %[row1], %[row1], #24\n"
        "bne 12f; vldmia %[row2], {s0-s6}\n"
        "22:\n"
        "vfma.f32 s7, s0, s29; vfma.f32 s8, s2, s29; vfma.f32 s9, s4, s29\n"
        "vfma.f32 s7, s1, s30; vfma.f32 s8, s3, s30; vfma.f32 s9, s5, s30\n"
        "vfma.f32 s7, s2, s31; vfma.f32 s8, s4, s31; vfma.f32 s9, s6, s31\n"
        "add %[row2], %[row2], #24\n"
        "vstmia %[output]!, {s7-s9}; bfc %[edges], #0, #16; cmp %[count], #0; bne 1b; b 3f\n"
        // rows with a missing column
        "10:\n"
        "mov.w %[missing], #0; vmov s0, %[missing]; vmov s6, %[missing]\n"
        "bcs 40f; vldmia %[row0], {s0-s5}; b 20b\n"
        "40:\n"
        "add.w %[missing], %[row0], #4; bmi 50f; vldmia %[missing], {s1-s6}; b 20b\n"
        "50:\n"
        "vldmia %[missing], {s1-s5}; b 20b\n"
        "11:\n"
        "bcs 41f; vldmia %[row1], {s0-s5}; b 21b\n"
        "41:\n"
        "add.w %[missing], %[row1], #4; bmi 51f; vldmia %[missing], {s1-s6}; b 21b\n"
        "51:\n"
        "vldmia %[missing], {s1-s5}; b 21b\n"
        "12:\n"
        "bcs 42f; vldmia %[row2], {s0-s5}; b 22b\n"
        "42:\n"
        "add.w %[missing], %[row2], #4; bmi 52f; vldmia %[missing], {s1-s6}; b 22b\n"
        "52:\n"
        "vldmia %[missing], {s1-s5}; b 22b\n"
        "3:\n"
        : [row0] "+h"(row0), [row1] "+h"(row1), [row2] "+h"(row2), [count] "+r"(count),
          [edges] "+r"(edges), [missing] "+r"(missing), [output] "+r"(output)
        : [weights] "r"(weights), [bias] "r"(bias_bits)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s23", "s24", "s25", "s26",
          "s27", "s28", "s29", "s30", "s31", "cc", "memory");
  }
};
#endif  // MICRONETS_VFP4

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_TILES_STRIDE2_F32_H_
