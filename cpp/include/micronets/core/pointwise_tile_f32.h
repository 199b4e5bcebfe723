// micronets/core/pointwise_tile_f32.h - a few pixels times a few filters, all kept in registers.
#ifndef MICRONETS_CORE_POINTWISE_TILE_F32_H_
#define MICRONETS_CORE_POINTWISE_TILE_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// For `Filters` filters and `Pixels` neighbours of a planar row:
///   output[f * next_filter + i] = start[f] + sum over c of pixels[c * next_channel + i] *
///   weights[c * Filters + f], added in the order of c.
/// Every pixel is loaded once for all filters and every weight once for all pixels. The order of
/// the sum does not depend on the size of the tile, so a row may mix sizes.
template <int32_t Pixels, int32_t Filters>
struct PointwiseTile {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    float sum[static_cast<uint32_t>(Filters)][static_cast<uint32_t>(Pixels)];
    for (int32_t f = 0; f < Filters; ++f) {
      for (int32_t i = 0; i < Pixels; ++i) sum[f][i] = start[f];
    }
    for (int32_t c = 0; c < channels; ++c) {
      for (int32_t f = 0; f < Filters; ++f) {
        const float weight = read(weights + f);
        for (int32_t i = 0; i < Pixels; ++i) {
          sum[f][i] = multiply_add(pixels[i], weight, sum[f][i]);
        }
      }
      pixels += next_channel;
      weights += Filters;
    }
    for (int32_t f = 0; f < Filters; ++f) {
      for (int32_t i = 0; i < Pixels; ++i) output[f * next_filter + i] = sum[f][i];
    }
  }
};

#if MICRONETS_VFP4
template <>
struct PointwiseTile<6, 4> {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    __asm__ volatile(
        // accumulators s8 to s31: 6 pixels of each filter
        "vldmia %[start], {s0-s3}\n"
        "vmov.f32 s8, s0; vmov.f32 s9, s0\n"
        "vmov.f32 s10, s0; vmov.f32 s11, s0\n"
        "vmov.f32 s12, s0; vmov.f32 s13, s0\n"
        "vmov.f32 s14, s1; vmov.f32 s15, s1\n"
        "vmov.f32 s16, s1; vmov.f32 s17, s1\n"
        "vmov.f32 s18, s1; vmov.f32 s19, s1\n"
        "vmov.f32 s20, s2; vmov.f32 s21, s2\n"
        "vmov.f32 s22, s2; vmov.f32 s23, s2\n"
        "vmov.f32 s24, s2; vmov.f32 s25, s2\n"
        "vmov.f32 s26, s3; vmov.f32 s27, s3\n"
        "vmov.f32 s28, s3; vmov.f32 s29, s3\n"
        "vmov.f32 s30, s3; vmov.f32 s31, s3\n"
        "1:\n"
        "vldmia %[pixels], {s0-s5}\n"
        "add %[pixels], %[pixels], %[next_channel]\n"
        "vldmia %[weights]!, {s6-s7}; vfma.f32 s8, s0, s6\n"
        "vfma.f32 s9, s1, s6; vfma.f32 s10, s2, s6\n"
        "vfma.f32 s11, s3, s6; vfma.f32 s12, s4, s6\n"
        "vfma.f32 s13, s5, s6; vfma.f32 s14, s0, s7\n"
        "vfma.f32 s15, s1, s7; vfma.f32 s16, s2, s7\n"
        "vfma.f32 s17, s3, s7; vfma.f32 s18, s4, s7\n"
        "vfma.f32 s19, s5, s7; vldmia %[weights]!, {s6-s7}\n"
        "vfma.f32 s20, s0, s6; vfma.f32 s21, s1, s6\n"
        "vfma.f32 s22, s2, s6; vfma.f32 s23, s3, s6\n"
        "vfma.f32 s24, s4, s6; vfma.f32 s25, s5, s6\n"
        "vfma.f32 s26, s0, s7; vfma.f32 s27, s1, s7\n"
        "vfma.f32 s28, s2, s7; vfma.f32 s29, s3, s7\n"
        "vfma.f32 s30, s4, s7; vfma.f32 s31, s5, s7\n"
        "subs %[channels], %[channels], #1\n"
        "bne 1b\n"
        "vstmia %[output], {s8-s13}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s14-s19}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s20-s25}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s26-s31}\n"
        : [pixels] "+r"(pixels), [channels] "+r"(channels), [weights] "+r"(weights),
          [output] "+r"(output)
        :
        [start] "r"(start), [next_channel] "r"(next_channel * 4), [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26",
          "s27", "s28", "s29", "s30", "s31", "cc", "memory");
  }
};

template <>
struct PointwiseTile<4, 4> {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    __asm__ volatile(
        // accumulators s8 to s23: 4 pixels of each filter
        "vldmia %[start], {s0-s3}\n"
        "vmov.f32 s8, s0; vmov.f32 s9, s0\n"
        "vmov.f32 s10, s0; vmov.f32 s11, s0\n"
        "vmov.f32 s12, s1; vmov.f32 s13, s1\n"
        "vmov.f32 s14, s1; vmov.f32 s15, s1\n"
        "vmov.f32 s16, s2; vmov.f32 s17, s2\n"
        "vmov.f32 s18, s2; vmov.f32 s19, s2\n"
        "vmov.f32 s20, s3; vmov.f32 s21, s3\n"
        "vmov.f32 s22, s3; vmov.f32 s23, s3\n"
        "1:\n"
        "vldmia %[pixels], {s0-s3}\n"
        "add %[pixels], %[pixels], %[next_channel]\n"
        "vldmia %[weights]!, {s4-s7}; vfma.f32 s8, s0, s4\n"
        "vfma.f32 s9, s1, s4; vfma.f32 s10, s2, s4\n"
        "vfma.f32 s11, s3, s4; vfma.f32 s12, s0, s5\n"
        "vfma.f32 s13, s1, s5; vfma.f32 s14, s2, s5\n"
        "vfma.f32 s15, s3, s5; vfma.f32 s16, s0, s6\n"
        "vfma.f32 s17, s1, s6; vfma.f32 s18, s2, s6\n"
        "vfma.f32 s19, s3, s6; vfma.f32 s20, s0, s7\n"
        "vfma.f32 s21, s1, s7; vfma.f32 s22, s2, s7\n"
        "vfma.f32 s23, s3, s7\n"
        "subs %[channels], %[channels], #1\n"
        "bne 1b\n"
        "vstmia %[output], {s8-s11}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s12-s15}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s16-s19}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s20-s23}\n"
        : [pixels] "+r"(pixels), [channels] "+r"(channels), [weights] "+r"(weights),
          [output] "+r"(output)
        :
        [start] "r"(start), [next_channel] "r"(next_channel * 4), [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "cc", "memory");
  }
};

template <>
struct PointwiseTile<3, 4> {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    __asm__ volatile(
        // accumulators s7 to s18: 3 pixels of each filter
        "vldmia %[start], {s0-s3}\n"
        "vmov.f32 s7, s0; vmov.f32 s8, s0\n"
        "vmov.f32 s9, s0; vmov.f32 s10, s1\n"
        "vmov.f32 s11, s1; vmov.f32 s12, s1\n"
        "vmov.f32 s13, s2; vmov.f32 s14, s2\n"
        "vmov.f32 s15, s2; vmov.f32 s16, s3\n"
        "vmov.f32 s17, s3; vmov.f32 s18, s3\n"
        "1:\n"
        "vldmia %[pixels], {s0-s2}\n"
        "add %[pixels], %[pixels], %[next_channel]\n"
        "vldmia %[weights]!, {s3-s6}; vfma.f32 s7, s0, s3\n"
        "vfma.f32 s8, s1, s3; vfma.f32 s9, s2, s3\n"
        "vfma.f32 s10, s0, s4; vfma.f32 s11, s1, s4\n"
        "vfma.f32 s12, s2, s4; vfma.f32 s13, s0, s5\n"
        "vfma.f32 s14, s1, s5; vfma.f32 s15, s2, s5\n"
        "vfma.f32 s16, s0, s6; vfma.f32 s17, s1, s6\n"
        "vfma.f32 s18, s2, s6\n"
        "subs %[channels], %[channels], #1\n"
        "bne 1b\n"
        "vstmia %[output], {s7-s9}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s10-s12}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s13-s15}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s16-s18}\n"
        : [pixels] "+r"(pixels), [channels] "+r"(channels), [weights] "+r"(weights),
          [output] "+r"(output)
        :
        [start] "r"(start), [next_channel] "r"(next_channel * 4), [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "cc", "memory");
  }
};

template <>
struct PointwiseTile<6, 2> {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    __asm__ volatile(
        // accumulators s8 to s19: 6 pixels of each filter
        "vldmia %[start], {s0-s1}\n"
        "vmov.f32 s8, s0; vmov.f32 s9, s0\n"
        "vmov.f32 s10, s0; vmov.f32 s11, s0\n"
        "vmov.f32 s12, s0; vmov.f32 s13, s0\n"
        "vmov.f32 s14, s1; vmov.f32 s15, s1\n"
        "vmov.f32 s16, s1; vmov.f32 s17, s1\n"
        "vmov.f32 s18, s1; vmov.f32 s19, s1\n"
        "1:\n"
        "vldmia %[pixels], {s0-s5}\n"
        "add %[pixels], %[pixels], %[next_channel]\n"
        "vldmia %[weights]!, {s6-s7}; vfma.f32 s8, s0, s6\n"
        "vfma.f32 s9, s1, s6; vfma.f32 s10, s2, s6\n"
        "vfma.f32 s11, s3, s6; vfma.f32 s12, s4, s6\n"
        "vfma.f32 s13, s5, s6; vfma.f32 s14, s0, s7\n"
        "vfma.f32 s15, s1, s7; vfma.f32 s16, s2, s7\n"
        "vfma.f32 s17, s3, s7; vfma.f32 s18, s4, s7\n"
        "vfma.f32 s19, s5, s7\n"
        "subs %[channels], %[channels], #1\n"
        "bne 1b\n"
        "vstmia %[output], {s8-s13}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s14-s19}\n"
        : [pixels] "+r"(pixels), [channels] "+r"(channels), [weights] "+r"(weights),
          [output] "+r"(output)
        :
        [start] "r"(start), [next_channel] "r"(next_channel * 4), [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "s14", "s15", "s16", "s17", "s18", "s19", "cc", "memory");
  }
};

template <>
struct PointwiseTile<4, 2> {
  static MICRONETS_INLINE void run(const float* pixels, int32_t channels, int32_t next_channel,
                                   const float* weights, const float* start, float* output,
                                   int32_t next_filter) {
    __asm__ volatile(
        // accumulators s6 to s13: 4 pixels of each filter
        "vldmia %[start], {s0-s1}\n"
        "vmov.f32 s6, s0; vmov.f32 s7, s0\n"
        "vmov.f32 s8, s0; vmov.f32 s9, s0\n"
        "vmov.f32 s10, s1; vmov.f32 s11, s1\n"
        "vmov.f32 s12, s1; vmov.f32 s13, s1\n"
        "1:\n"
        "vldmia %[pixels], {s0-s3}\n"
        "add %[pixels], %[pixels], %[next_channel]\n"
        "vldmia %[weights]!, {s4-s5}; vfma.f32 s6, s0, s4\n"
        "vfma.f32 s7, s1, s4; vfma.f32 s8, s2, s4\n"
        "vfma.f32 s9, s3, s4; vfma.f32 s10, s0, s5\n"
        "vfma.f32 s11, s1, s5; vfma.f32 s12, s2, s5\n"
        "vfma.f32 s13, s3, s5\n"
        "subs %[channels], %[channels], #1\n"
        "bne 1b\n"
        "vstmia %[output], {s6-s9}\n"
        "add %[output], %[output], %[next_filter]\n"
        "vstmia %[output], {s10-s13}\n"
        : [pixels] "+r"(pixels), [channels] "+r"(channels), [weights] "+r"(weights),
          [output] "+r"(output)
        :
        [start] "r"(start), [next_channel] "r"(next_channel * 4), [next_filter] "r"(next_filter * 4)
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
          "cc", "memory");
  }
};
#endif  // MICRONETS_VFP4

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_POINTWISE_TILE_F32_H_
