// micronets/core/pixels3x3_s8.h - the caller's grey bytes through three 3x3 filters in one pass.
#ifndef MICRONETS_CORE_PIXELS3X3_S8_H_
#define MICRONETS_CORE_PIXELS3X3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/requantize.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// What the assembly reads at every pixel, in this order. Weights of one row of the window: a pair
/// of the outer columns for each filter, then those of the middle column.
struct Pixels3x3S8 {
  int32_t bias[3];
  struct {
    uint32_t outer[3];
    uint32_t middle[2];
  } rows[3];
  int32_t multiplier[3];
  int32_t zero_point;
  int32_t plane;  // from one output channel to the next
  int32_t stride;
  const int8_t* end;  // of the first output channel
};

/// Three filters, packed. Pixels count from 0 here instead of codes from -128: the bias makes up.
inline MICRONETS_KERNEL void pack_pixels3x3_s8(const int8_t* weights, const int32_t* bias,
                                               const int32_t* multiplier, Pixels3x3S8& filters) {
  for (int32_t f = 0; f < 3; ++f) {
    int32_t sum = 0;
    for (int32_t y = 0; y < 3; ++y) {
      const uint32_t middle = static_cast<uint32_t>(weights[1]);
      uint32_t* const to = filters.rows[y].middle;
      filters.rows[y].outer[f] =
          lower_halves(static_cast<uint32_t>(weights[0]), static_cast<uint32_t>(weights[2]));
      to[f / 2] = f == 1 ? lower_halves(to[0], middle) : middle;
      sum += weights[0] + weights[1] + weights[2];
      weights += 3;
    }
    filters.bias[f] = bias[f] - 128 * sum;
    filters.multiplier[f] = multiplier[f];
  }
}

/// Computes outputs up to `filters.end`; `next_row` is from one row of pixels to the next. Of each
/// row one byte behind the last window is read, too.
inline MICRONETS_KERNEL void pixels3x3_row_s8(const uint8_t* pixels, int32_t next_row,
                                              const Pixels3x3S8* filters, int8_t* output) {
  register const uint8_t* r0 __asm__("r0") = pixels;
  register int32_t r1 __asm__("r1") = next_row;
  register const Pixels3x3S8* r2 __asm__("r2") = filters;
  register int8_t* r3 __asm__("r3") = output;
  __asm__ volatile(
      // r0-r2 sums, r3-r4 pixels, r5-r9 weights
      "push {r4-r11, lr}\n"
      "mov r10, r0; mov r11, r1; mov lr, r2; mov r12, r3\n"
      "1:\n"
      "ldr r3, [r10]\n"
      "ldmia lr!, {r0-r2, r5-r9}\n"
      "uxtb16 r4, r3, ror #8; uxtb16 r3, r3\n"
      "smlad r0, r3, r5, r0; smlad r1, r3, r6, r1\n"
      "smlad r2, r3, r7, r2; smlabb r0, r4, r8, r0\n"
      "smlabt r1, r4, r8, r1; smlabb r2, r4, r9, r2\n"
      "ldr r3, [r10, r11]\n"
      "ldmia lr!, {r5-r9}\n"
      "uxtb16 r4, r3, ror #8; uxtb16 r3, r3\n"
      "smlad r0, r3, r5, r0; smlad r1, r3, r6, r1\n"
      "smlad r2, r3, r7, r2; smlabb r0, r4, r8, r0\n"
      "smlabt r1, r4, r8, r1; smlabb r2, r4, r9, r2\n"
      "ldr r3, [r10, r11, lsl #1]\n"
      "ldmia lr!, {r5-r9}\n"
      "uxtb16 r4, r3, ror #8; uxtb16 r3, r3\n"
      "smlad r0, r3, r5, r0; smlad r1, r3, r6, r1\n"
      "smlad r2, r3, r7, r2; smlabb r0, r4, r8, r0\n"
      "smlabt r1, r4, r8, r1; smlabb r2, r4, r9, r2\n"
      "ldmia lr, {r3-r9}\n"
      "smmlar r0, r0, r3, r6; smmlar r1, r1, r4, r6\n"
      "smmlar r2, r2, r5, r6; ssat r0, #8, r0\n"
      "ssat r1, #8, r1; ssat r2, #8, r2\n"
      "strb r1, [r12, r7]; strb r2, [r12, r7, lsl #1]\n"
      "strb r0, [r12], #1\n"
      "add r10, r10, r8; sub lr, lr, #72\n"
      "cmp r12, r9; bne 1b\n"
      "pop {r4-r11, lr}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
      :
      : "r12", "cc", "memory");
}

/// True where `pixels3x3_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_pixels3x3_s8(const Conv2DS8& p) {
  return p.window.height == 3 && p.window.width == 3 && p.input.channels == 1 &&
         p.output.channels >= 3 && p.padding.top == 0 && p.padding.left == 0 &&
         p.padding.bottom == 0 && p.padding.right == 0;
}

/// The whole map of a layer that `has_pixels3x3_s8`, three filters at a time; the last three move
/// back and compute some channels again where their number is no multiple.
inline MICRONETS_FAST_KERNEL void pixels3x3_s8(const Conv2DS8& p, const uint8_t* pixels,
                                               const int8_t* weights, const int32_t* bias,
                                               const int32_t* multiplier, int8_t* output) {
  const int32_t width = p.output.width;
  const int32_t last_x = (width - 1) * p.window.stride_x;
  Pixels3x3S8 filters;
  filters.zero_point = p.range.zero_point;
  filters.plane = width;
  filters.stride = p.window.stride_x;
  for (int32_t f = 0; f < p.output.channels; f += 3) {
    f = min_i32(f, p.output.channels - 3);
    pack_pixels3x3_s8(weights + f * 9, bias + f, multiplier + f, filters);
    for (int32_t y = 0; y < p.output.height; ++y) {
      const int32_t row = y * p.window.stride_y;
      const uint8_t* const from = pixels + row * p.input.width;
      int8_t* const to = output + y * p.output.row_stride() + f * width;
      const bool whole = last_x + 4 <= p.input.width || row + 3 < p.input.height;
      filters.end = to + (whole ? width : width - 1);
      if (to != filters.end) pixels3x3_row_s8(from, p.input.width, &filters, to);
      if (whole) continue;
      uint8_t corner[12];  // the image ends with the last window: its rows, each and a byte
      for (int32_t i = 0; i < 3; ++i) memcpy(corner + 4 * i, from + i * p.input.width + last_x, 3);
      filters.end = to + width;
      pixels3x3_row_s8(corner, 4, &filters, to + width - 1);
    }
  }
  clamp_row_s8(p.range, output, p.output.size());
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_PIXELS3X3_S8_H_
