// micronets/core/conv3x3_tile_f32.h - four neighbours times a few filters of a 3x3 convolution.
#ifndef MICRONETS_CORE_CONV3X3_TILE_F32_H_
#define MICRONETS_CORE_CONV3X3_TILE_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Adds what one input channel gives to 4 neighbours of `Filters` filters:
///   output[f * next_filter + i] = start[f * next_start + i] + sum over row and k of
///   rows[row][offset + i * Stride + k] * weights[(row * Filters + f) * 3 + k]
/// in this order, for `count` rows: fewer than 3 where the window leaves the map. The output may
/// be `start`, which makes the sum go on over several input channels.
template <int32_t Stride, int32_t Filters>
struct Conv3x3Tile {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t offset,
                                   const float* weights, const float* start, int32_t next_start,
                                   float* output, int32_t next_filter) {
    float sum[static_cast<uint32_t>(Filters)][4];
    for (int32_t f = 0; f < Filters; ++f) {
      for (int32_t i = 0; i < 4; ++i) sum[f][i] = start[f * next_start + i];
    }
    for (int32_t row = 0; row < count; ++row) {
      const float* pixels = rows[row] + offset;
      for (int32_t f = 0; f < Filters; ++f) {
        for (int32_t k = 0; k < 3; ++k) {
          const float weight = read(weights++);
          for (int32_t i = 0; i < 4; ++i) {
            sum[f][i] = multiply_add(pixels[i * Stride + k], weight, sum[f][i]);
          }
        }
      }
    }
    for (int32_t f = 0; f < Filters; ++f) {
      for (int32_t i = 0; i < 4; ++i) output[f * next_filter + i] = sum[f][i];
    }
  }
};

#if MICRONETS_VFP4
template <>
struct Conv3x3Tile<1, 3> {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t offset,
                                   const float* weights, const float* start, int32_t next_start,
                                   float* output, int32_t next_filter) {
    const float* pixels;
    __asm__ volatile(
        // columns in s0 to s5, weights from s6, sums from s20: 4 pixels of each filter
        "vldmia %[start], {s20-s23}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s24-s27}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s28-s31}; cmp %[count], #0; beq 2f\n"
        "1:\n"
        "ldr %[pixels], [%[rows]], #4; add %[pixels], %[pixels], %[offset]\n"
        "vldmia %[pixels], {s0-s5}\n"
        "vldmia %[weights]!, {s6-s14}; vfma.f32 s20, s0, s6; vfma.f32 s21, s1, s6\n"
        "vfma.f32 s22, s2, s6; vfma.f32 s23, s3, s6; vfma.f32 s20, s1, s7; vfma.f32 s21, s2, s7\n"
        "vfma.f32 s22, s3, s7; vfma.f32 s23, s4, s7; vfma.f32 s20, s2, s8; vfma.f32 s21, s3, s8\n"
        "vfma.f32 s22, s4, s8; vfma.f32 s23, s5, s8; vfma.f32 s24, s0, s9; vfma.f32 s25, s1, s9\n"
        "vfma.f32 s26, s2, s9; vfma.f32 s27, s3, s9; vfma.f32 s24, s1, s10; vfma.f32 s25, s2, s10\n"
        "vfma.f32 s26, s3, s10; vfma.f32 s27, s4, s10; vfma.f32 s24, s2, s11\n"
        "vfma.f32 s25, s3, s11; vfma.f32 s26, s4, s11; vfma.f32 s27, s5, s11\n"
        "vfma.f32 s28, s0, s12; vfma.f32 s29, s1, s12; vfma.f32 s30, s2, s12\n"
        "vfma.f32 s31, s3, s12; vfma.f32 s28, s1, s13; vfma.f32 s29, s2, s13\n"
        "vfma.f32 s30, s3, s13; vfma.f32 s31, s4, s13; vfma.f32 s28, s2, s14\n"
        "vfma.f32 s29, s3, s14; vfma.f32 s30, s4, s14; vfma.f32 s31, s5, s14\n"
        "subs %[count], %[count], #1; bne 1b\n"
        "2:\n"
        "vstmia %[output], {s20-s23}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s24-s27}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s28-s31}\n"
        : [pixels] "=&r"(pixels), [rows] "+r"(rows), [count] "+r"(count), [weights] "+r"(weights),
          [start] "+r"(start), [output] "+r"(output)
        : [offset] "r"(offset * 4), [next_start] "r"(next_start * 4),
          [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31",
          "cc", "memory");
  }
};

template <>
struct Conv3x3Tile<2, 3> {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t offset,
                                   const float* weights, const float* start, int32_t next_start,
                                   float* output, int32_t next_filter) {
    const float* pixels;
    __asm__ volatile(
        // columns in s0 to s8, weights from s9, sums from s20: 4 pixels of each filter
        "vldmia %[start], {s20-s23}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s24-s27}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s28-s31}; cmp %[count], #0; beq 2f\n"
        "1:\n"
        "ldr %[pixels], [%[rows]], #4; add %[pixels], %[pixels], %[offset]\n"
        "vldmia %[pixels], {s0-s8}\n"
        "vldmia %[weights]!, {s9-s17}; vfma.f32 s20, s0, s9; vfma.f32 s21, s2, s9\n"
        "vfma.f32 s22, s4, s9; vfma.f32 s23, s6, s9; vfma.f32 s20, s1, s10; vfma.f32 s21, s3, s10\n"
        "vfma.f32 s22, s5, s10; vfma.f32 s23, s7, s10; vfma.f32 s20, s2, s11\n"
        "vfma.f32 s21, s4, s11; vfma.f32 s22, s6, s11; vfma.f32 s23, s8, s11\n"
        "vfma.f32 s24, s0, s12; vfma.f32 s25, s2, s12; vfma.f32 s26, s4, s12\n"
        "vfma.f32 s27, s6, s12; vfma.f32 s24, s1, s13; vfma.f32 s25, s3, s13\n"
        "vfma.f32 s26, s5, s13; vfma.f32 s27, s7, s13; vfma.f32 s24, s2, s14\n"
        "vfma.f32 s25, s4, s14; vfma.f32 s26, s6, s14; vfma.f32 s27, s8, s14\n"
        "vfma.f32 s28, s0, s15; vfma.f32 s29, s2, s15; vfma.f32 s30, s4, s15\n"
        "vfma.f32 s31, s6, s15; vfma.f32 s28, s1, s16; vfma.f32 s29, s3, s16\n"
        "vfma.f32 s30, s5, s16; vfma.f32 s31, s7, s16; vfma.f32 s28, s2, s17\n"
        "vfma.f32 s29, s4, s17; vfma.f32 s30, s6, s17; vfma.f32 s31, s8, s17\n"
        "subs %[count], %[count], #1; bne 1b\n"
        "2:\n"
        "vstmia %[output], {s20-s23}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s24-s27}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s28-s31}\n"
        : [pixels] "=&r"(pixels), [rows] "+r"(rows), [count] "+r"(count), [weights] "+r"(weights),
          [start] "+r"(start), [output] "+r"(output)
        : [offset] "r"(offset * 4), [next_start] "r"(next_start * 4),
          [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28",
          "s29", "s30", "s31", "cc", "memory");
  }
};

template <>
struct Conv3x3Tile<3, 3> {
  static MICRONETS_INLINE void run(const float* const* rows, int32_t count, int32_t offset,
                                   const float* weights, const float* start, int32_t next_start,
                                   float* output, int32_t next_filter) {
    const float* pixels;
    __asm__ volatile(
        // columns in s0 to s11, weights from s12, sums from s20: 4 pixels of each filter
        "vldmia %[start], {s20-s23}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s24-s27}; add %[start], %[start], %[next_start]\n"
        "vldmia %[start], {s28-s31}; cmp %[count], #0; beq 2f\n"
        "1:\n"
        "ldr %[pixels], [%[rows]], #4; add %[pixels], %[pixels], %[offset]\n"
        "vldmia %[pixels], {s0-s11}\n"
        "vldmia %[weights]!, {s12-s17}; vfma.f32 s20, s0, s12; vfma.f32 s21, s3, s12\n"
        "vfma.f32 s22, s6, s12; vfma.f32 s23, s9, s12; vfma.f32 s20, s1, s13\n"
        "vfma.f32 s21, s4, s13; vfma.f32 s22, s7, s13; vfma.f32 s23, s10, s13\n"
        "vfma.f32 s20, s2, s14; vfma.f32 s21, s5, s14; vfma.f32 s22, s8, s14\n"
        "vfma.f32 s23, s11, s14; vfma.f32 s24, s0, s15; vfma.f32 s25, s3, s15\n"
        "vfma.f32 s26, s6, s15; vfma.f32 s27, s9, s15; vfma.f32 s24, s1, s16\n"
        "vfma.f32 s25, s4, s16; vfma.f32 s26, s7, s16; vfma.f32 s27, s10, s16\n"
        "vfma.f32 s24, s2, s17; vfma.f32 s25, s5, s17; vfma.f32 s26, s8, s17\n"
        "vfma.f32 s27, s11, s17\n"
        "vldmia %[weights]!, {s12-s14}; vfma.f32 s28, s0, s12; vfma.f32 s29, s3, s12\n"
        "vfma.f32 s30, s6, s12; vfma.f32 s31, s9, s12; vfma.f32 s28, s1, s13\n"
        "vfma.f32 s29, s4, s13; vfma.f32 s30, s7, s13; vfma.f32 s31, s10, s13\n"
        "vfma.f32 s28, s2, s14; vfma.f32 s29, s5, s14; vfma.f32 s30, s8, s14\n"
        "vfma.f32 s31, s11, s14\n"
        "subs %[count], %[count], #1; bne 1b\n"
        "2:\n"
        "vstmia %[output], {s20-s23}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s24-s27}; add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s28-s31}\n"
        : [pixels] "=&r"(pixels), [rows] "+r"(rows), [count] "+r"(count), [weights] "+r"(weights),
          [start] "+r"(start), [output] "+r"(output)
        : [offset] "r"(offset * 4), [next_start] "r"(next_start * 4),
          [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28",
          "s29", "s30", "s31", "cc", "memory");
  }
};
#endif  // MICRONETS_VFP4

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV3X3_TILE_F32_H_
