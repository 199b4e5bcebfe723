// micronets/core/depthwise_tile_f32.h - a few neighbours of a depthwise 3x3 convolution.
#ifndef MICRONETS_CORE_DEPTHWISE_TILE_F32_H_
#define MICRONETS_CORE_DEPTHWISE_TILE_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Columns of a tile that lie outside the map, as a set of bits; `edge_any` goes with either.
const int32_t edge_none = 0;
const int32_t edge_any = 1;
const int32_t edge_right = 2;
const int32_t edge_left = 4;

/// `Pixels` neighbours of one channel, from (Pixels - 1) * Stride + 3 columns of three rows. The
/// row pointers are at the first column that exists; a missing column counts as zero.
/// weights: [window y][window x]. Sums run over the rows from the top, each from the left.
template <int32_t Stride, int32_t Pixels>
struct DepthwiseTile {
  static const int32_t columns = (Pixels - 1) * Stride + 3;

  static MICRONETS_INLINE void run(const float* row0, const float* row1, const float* row2,
                                   int32_t edges, const float* weights, float bias, float* output) {
    const float* const rows[3] = {row0, row1, row2};
    const int32_t begin = (edges & edge_left) != 0 ? 1 : 0;
    const int32_t end = (edges & edge_right) != 0 ? columns - 1 : columns;
    float column[columns] = {};
    float sum[Pixels];
    for (int32_t i = 0; i < Pixels; ++i) sum[i] = bias;
    for (int32_t wy = 0; wy < 3; ++wy) {
      for (int32_t k = begin; k < end; ++k) column[k] = rows[wy][k - begin];
      for (int32_t wx = 0; wx < 3; ++wx) {
        for (int32_t i = 0; i < Pixels; ++i) {
          sum[i] = multiply_add(column[i * Stride + wx], weights[wy * 3 + wx], sum[i]);
        }
      }
    }
    for (int32_t i = 0; i < Pixels; ++i) output[i] = sum[i];
  }
};

#if MICRONETS_VFP4
template <>
struct DepthwiseTile<1, 6> {
  static MICRONETS_INLINE void run(const float* row0, const float* row1, const float* row2,
                                   int32_t edges, const float* weights, float bias, float* output) {
    int32_t bias_bits;
    int32_t scratch;
    memcpy(&bias_bits, &bias, sizeof bias_bits);
    __asm__ volatile(
        // columns in s0 to s7, sums in s8 to s13, weights in s23 to s31; the flags say
        // which columns are missing: NE any, CS the left one, MI the right one
        "lsls %[scratch], %[edges], #30\n"
        "vldmia %[weights], {s23-s31}\n"
        "vmov s8, %[bias]; vmov s9, %[bias]\n"
        "vmov s10, %[bias]; vmov s11, %[bias]\n"
        "vmov s12, %[bias]; vmov s13, %[bias]\n"
        "bne 10f\n"
        "vldmia %[row0], {s0-s7}\n"
        "20:\n"
        "vfma.f32 s8, s0, s23; vfma.f32 s9, s1, s23\n"
        "vfma.f32 s10, s2, s23; vfma.f32 s11, s3, s23\n"
        "vfma.f32 s12, s4, s23; vfma.f32 s13, s5, s23\n"
        "vfma.f32 s8, s1, s24; vfma.f32 s9, s2, s24\n"
        "vfma.f32 s10, s3, s24; vfma.f32 s11, s4, s24\n"
        "vfma.f32 s12, s5, s24; vfma.f32 s13, s6, s24\n"
        "vfma.f32 s8, s2, s25; vfma.f32 s9, s3, s25\n"
        "vfma.f32 s10, s4, s25; vfma.f32 s11, s5, s25\n"
        "vfma.f32 s12, s6, s25; vfma.f32 s13, s7, s25\n"
        "bne 11f\n"
        "vldmia %[row1], {s0-s7}\n"
        "21:\n"
        "vfma.f32 s8, s0, s26; vfma.f32 s9, s1, s26\n"
        "vfma.f32 s10, s2, s26; vfma.f32 s11, s3, s26\n"
        "vfma.f32 s12, s4, s26; vfma.f32 s13, s5, s26\n"
        "vfma.f32 s8, s1, s27; vfma.f32 s9, s2, s27\n"
        "vfma.f32 s10, s3, s27; vfma.f32 s11, s4, s27\n"
        "vfma.f32 s12, s5, s27; vfma.f32 s13, s6, s27\n"
        "vfma.f32 s8, s2, s28; vfma.f32 s9, s3, s28\n"
        "vfma.f32 s10, s4, s28; vfma.f32 s11, s5, s28\n"
        "vfma.f32 s12, s6, s28; vfma.f32 s13, s7, s28\n"
        "bne 12f\n"
        "vldmia %[row2], {s0-s7}\n"
        "22:\n"
        "vfma.f32 s8, s0, s29; vfma.f32 s9, s1, s29\n"
        "vfma.f32 s10, s2, s29; vfma.f32 s11, s3, s29\n"
        "vfma.f32 s12, s4, s29; vfma.f32 s13, s5, s29\n"
        "vfma.f32 s8, s1, s30; vfma.f32 s9, s2, s30\n"
        "vfma.f32 s10, s3, s30; vfma.f32 s11, s4, s30\n"
        "vfma.f32 s12, s5, s30; vfma.f32 s13, s6, s30\n"
        "vfma.f32 s8, s2, s31; vfma.f32 s9, s3, s31\n"
        "vfma.f32 s10, s4, s31; vfma.f32 s11, s5, s31\n"
        "vfma.f32 s12, s6, s31; vfma.f32 s13, s7, s31\n"
        "vstmia %[output], {s8-s13}\n"
        "b 3f\n"
        "10:\n"
        "mov.w %[scratch], #0; vmov s0, %[scratch]; vmov s7, %[scratch]\n"
        "bcs 40f\n"
        "vldmia %[row0], {s0-s6}\n"
        "b 20b\n"
        "40:\n"
        "bmi 50f\n"
        "vldmia %[row0], {s1-s7}\n"
        "b 20b\n"
        "50:\n"
        "vldmia %[row0], {s1-s6}\n"
        "b 20b\n"
        "11:\n"
        "bcs 41f\n"
        "vldmia %[row1], {s0-s6}\n"
        "b 21b\n"
        "41:\n"
        "bmi 51f\n"
        "vldmia %[row1], {s1-s7}\n"
        "b 21b\n"
        "51:\n"
        "vldmia %[row1], {s1-s6}\n"
        "b 21b\n"
        "12:\n"
        "bcs 42f\n"
        "vldmia %[row2], {s0-s6}\n"
        "b 22b\n"
        "42:\n"
        "bmi 52f\n"
        "vldmia %[row2], {s1-s7}\n"
        "b 22b\n"
        "52:\n"
        "vldmia %[row2], {s1-s6}\n"
        "b 22b\n"
        "3:\n"
        : [scratch] "=&r"(scratch)
        : [row0] "r"(row0), [row1] "r"(row1), [row2] "r"(row2), [edges] "r"(edges),
          [weights] "r"(weights), [bias] "r"(bias_bits), [output] "r"(output)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26",
          "s27", "s28", "s29", "s30", "s31", "cc", "memory");
  }
};

template <>
struct DepthwiseTile<2, 4> {
  static MICRONETS_INLINE void run(const float* row0, const float* row1, const float* row2,
                                   int32_t edges, const float* weights, float bias, float* output) {
    int32_t bias_bits;
    int32_t scratch;
    memcpy(&bias_bits, &bias, sizeof bias_bits);
    __asm__ volatile(
        // columns in s0 to s8, sums in s9 to s12, weights in s23 to s31; the flags say
        // which columns are missing: NE any, CS the left one, MI the right one
        "lsls %[scratch], %[edges], #30\n"
        "vldmia %[weights], {s23-s31}\n"
        "vmov s9, %[bias]; vmov s10, %[bias]\n"
        "vmov s11, %[bias]; vmov s12, %[bias]\n"
        "bne 10f\n"
        "vldmia %[row0], {s0-s8}\n"
        "20:\n"
        "vfma.f32 s9, s0, s23; vfma.f32 s10, s2, s23\n"
        "vfma.f32 s11, s4, s23; vfma.f32 s12, s6, s23\n"
        "vfma.f32 s9, s1, s24; vfma.f32 s10, s3, s24\n"
        "vfma.f32 s11, s5, s24; vfma.f32 s12, s7, s24\n"
        "vfma.f32 s9, s2, s25; vfma.f32 s10, s4, s25\n"
        "vfma.f32 s11, s6, s25; vfma.f32 s12, s8, s25\n"
        "bne 11f\n"
        "vldmia %[row1], {s0-s8}\n"
        "21:\n"
        "vfma.f32 s9, s0, s26; vfma.f32 s10, s2, s26\n"
        "vfma.f32 s11, s4, s26; vfma.f32 s12, s6, s26\n"
        "vfma.f32 s9, s1, s27; vfma.f32 s10, s3, s27\n"
        "vfma.f32 s11, s5, s27; vfma.f32 s12, s7, s27\n"
        "vfma.f32 s9, s2, s28; vfma.f32 s10, s4, s28\n"
        "vfma.f32 s11, s6, s28; vfma.f32 s12, s8, s28\n"
        "bne 12f\n"
        "vldmia %[row2], {s0-s8}\n"
        "22:\n"
        "vfma.f32 s9, s0, s29; vfma.f32 s10, s2, s29\n"
        "vfma.f32 s11, s4, s29; vfma.f32 s12, s6, s29\n"
        "vfma.f32 s9, s1, s30; vfma.f32 s10, s3, s30\n"
        "vfma.f32 s11, s5, s30; vfma.f32 s12, s7, s30\n"
        "vfma.f32 s9, s2, s31; vfma.f32 s10, s4, s31\n"
        "vfma.f32 s11, s6, s31; vfma.f32 s12, s8, s31\n"
        "vstmia %[output], {s9-s12}\n"
        "b 3f\n"
        "10:\n"
        "mov.w %[scratch], #0; vmov s0, %[scratch]; vmov s8, %[scratch]\n"
        "bcs 40f\n"
        "vldmia %[row0], {s0-s7}\n"
        "b 20b\n"
        "40:\n"
        "bmi 50f\n"
        "vldmia %[row0], {s1-s8}\n"
        "b 20b\n"
        "50:\n"
        "vldmia %[row0], {s1-s7}\n"
        "b 20b\n"
        "11:\n"
        "bcs 41f\n"
        "vldmia %[row1], {s0-s7}\n"
        "b 21b\n"
        "41:\n"
        "bmi 51f\n"
        "vldmia %[row1], {s1-s8}\n"
        "b 21b\n"
        "51:\n"
        "vldmia %[row1], {s1-s7}\n"
        "b 21b\n"
        "12:\n"
        "bcs 42f\n"
        "vldmia %[row2], {s0-s7}\n"
        "b 22b\n"
        "42:\n"
        "bmi 52f\n"
        "vldmia %[row2], {s1-s8}\n"
        "b 22b\n"
        "52:\n"
        "vldmia %[row2], {s1-s7}\n"
        "b 22b\n"
        "3:\n"
        : [scratch] "=&r"(scratch)
        : [row0] "r"(row0), [row1] "r"(row1), [row2] "r"(row2), [edges] "r"(edges),
          [weights] "r"(weights), [bias] "r"(bias_bits), [output] "r"(output)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26",
          "s27", "s28", "s29", "s30", "s31", "cc", "memory");
  }
};
#endif  // MICRONETS_VFP4

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DEPTHWISE_TILE_F32_H_
