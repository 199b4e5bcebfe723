// micronets/core/pixels3x3_s8.h - the caller's grey bytes through three 3x3 filters in one pass.
#ifndef MICRONETS_CORE_PIXELS3X3_S8_H_
#define MICRONETS_CORE_PIXELS3X3_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/requantize.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_DSP
/// What the assembly reads at every pixel, in this order. Weights of each row of the window: pairs
/// of the outer columns for each filter; those of the middle column, in pairs of the two lower
/// rows.
struct Pixels3x3S8 {
  int32_t bias[3];
  uint32_t bottom[3];
  uint32_t centre[3];
  uint32_t lower_middle[3];
  uint32_t top[3];
  uint32_t top_middle[3];
  int32_t multiplier[3];
  int32_t zero_point;
  int32_t plane;     // from one output channel to the next
  int8_t* end;       // of the first output channel
  int32_t last_row;  // from the first row of the window to the last
};

MICRONETS_INLINE uint32_t weight_pair_s8(const int8_t* weights, int32_t low, int32_t high) {
  return lower_halves(static_cast<uint32_t>(weights[low]), static_cast<uint32_t>(weights[high]));
}

/// Three filters from `first` on, packed. Pixels count from 0 here instead of codes from -128: the
/// bias makes up. A row of a window has three weights and a zero.
inline MICRONETS_KERNEL void pack_pixels3x3_s8(const Conv2DS8& p, int32_t first,
                                               Pixels3x3S8& filters) {
  for (int32_t f = 0; f < 3; ++f) {
    const FilterPlaceS8 place = filter_place_s8(first + f, p.output.channels, 12);
    const int8_t* weight = p.weights + place.first;
    int8_t weights[12];
    int32_t sum = 0;
    int32_t i = 0;
    do {
      sum += *weight;
      weights[i] = *weight;
      weight += place.step;
    } while (++i != 12);
    uint32_t outer[3];
    uint32_t middle[3];
    for (int32_t y = 0; y < 3; ++y) {
      const uint32_t row = load_4(weights + 4 * y);
      outer[y] = even_bytes(row);
      middle[y] = odd_bytes(row);
    }
    filters.bias[f] = p.bias[first + f] - 128 * sum;
    filters.bottom[f] = outer[2];
    filters.centre[f] = outer[1];
    filters.lower_middle[f] = lower_halves(middle[2], middle[1]);
    filters.top[f] = outer[0];
    filters.top_middle[f] = middle[0];
    filters.multiplier[f] = p.multiplier[first + f];
  }
}

/// Computes outputs up to `filters.end`; `middle` is from the first row of the window to the next.
/// Of each row one byte behind the last window is read, too.
template <int32_t Stride>
MICRONETS_KERNEL void pixels3x3_row_s8(const uint8_t* pixels, int32_t middle,
                                       const Pixels3x3S8* filters, int8_t* output) {
  register const uint8_t* r0 __asm__("r0") = pixels;
  register int32_t r1 __asm__("r1") = middle;
  register const Pixels3x3S8* r2 __asm__("r2") = filters;
  register int8_t* r3 __asm__("r3") = output;
  __asm__ volatile(
      // r0-r2 sums, r3-r4 pixels, r5-r9 weights
      "push {r4-r11, lr}\n"
      "mov r10, r0; mov r11, r1; mov lr, r2; mov r12, r3\n"
      "ldr r9, [r2, #96]\n"
      "1:\n"
      "ldr r3, [r10, r9]\n"
      "ldmia lr!, {r0-r2, r5-r7}\n"
      "uxtb16 r4, r3; smlad r0, r4, r5, r0\n"
      "smlad r1, r4, r6, r1; smlad r2, r4, r7, r2\n"
      "ldr r4, [r10, r11]; ldmia lr!, {r5-r8}\n"
      "pkhbt r3, r3, r4, lsl #16\n"
      "uxtb16 r4, r4; uxtb16 r3, r3, ror #8\n"
      "smlad r0, r4, r5, r0; smlad r1, r4, r6, r1\n"
      "smlad r2, r4, r7, r2; smlad r0, r3, r8, r0\n"
      "ldmia lr!, {r5-r8}; smlad r1, r3, r5, r1\n"
      "smlad r2, r3, r6, r2; ldr r3, [r10], %[stride]\n"
      "uxtb16 r4, r3, ror #8; uxtb16 r3, r3\n"
      "smlad r0, r3, r7, r0; smlad r1, r3, r8, r1\n"
      "ldmia lr!, {r5-r8}; smlad r2, r3, r5, r2\n"
      "smlabb r0, r4, r6, r0; smlabb r1, r4, r7, r1\n"
      "smlabb r2, r4, r8, r2; ldmia lr, {r3-r8}\n"
      "smmlar r0, r0, r3, r6; smmlar r1, r1, r4, r6\n"
      "smmlar r2, r2, r5, r6; ssat r0, #8, r0\n"
      "ssat r1, #8, r1; ssat r2, #8, r2\n"
      "strb r1, [r12, r7]; strb r2, [r12, r7, lsl #1]\n"
      "strb r0, [r12], #1; sub lr, lr, #72\n"
      "cmp r12, r8; bne 1b\n"
      "pop {r4-r11, lr}\n"
      : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
      : [stride] "i"(Stride)
      : "r12", "cc", "memory");
}

typedef void Pixels3x3RowS8(const uint8_t*, int32_t, const Pixels3x3S8*, int8_t*);

/// True where `pixels3x3_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_pixels3x3_s8(const Conv2DS8& p) {
  return p.window.height == 3 && p.window.width == 3 && p.input.channels == 1 &&
         p.input.width > 3 && p.output.channels >= 3 && p.window.stride_x <= 3 &&
         p.padding.top == 0 && p.padding.left == 0 && p.padding.bottom == 0 && p.padding.right == 0;
}

MICRONETS_INLINE Pixels3x3RowS8* pixels3x3_kernel_s8(const Conv2DS8& p) {
  return p.window.stride_x == 1   ? pixels3x3_row_s8<1>
         : p.window.stride_x == 2 ? pixels3x3_row_s8<2>
                                  : pixels3x3_row_s8<3>;
}

/// Three filters at a row of windows, whose first row and the ways from it to the others are given;
/// no byte from `end` on is read.
MICRONETS_INLINE void pixels3x3_windows_s8(const Conv2DS8& p, const uint8_t* top, int32_t middle,
                                           int32_t bottom, const uint8_t* end, Pixels3x3S8& filters,
                                           int8_t* output, Pixels3x3RowS8* run) {
  const int32_t width = p.output.width;
  const uint8_t* const last = top + (width - 1) * p.window.stride_x;
  const int32_t rest = last + max_i32(middle, bottom) + 4 > end ? 1 : 0;
  filters.last_row = bottom;
  filters.end = output + width - rest;
  if (rest == 0 || width != 1) run(top, middle, &filters, output);
  if (rest != 0) {
    const uint32_t corner[3] = {load_4(last - 1) >> 8, load_4(last + middle - 1) >> 8,
                                load_4(last + bottom - 1) >> 8};
    output = filters.end;
    filters.last_row = 8;
    ++filters.end;
    run(reinterpret_cast<const uint8_t*>(corner), 4, &filters, output);
  }
}

/// The whole map of a layer that `has_pixels3x3_s8`, three filters at a time, by the code for its
/// stride; the last three move back and compute some channels again where their number is no
/// multiple.
inline MICRONETS_KERNEL void pixels3x3_s8(const Conv2DS8& p, const uint8_t* pixels, int8_t* output,
                                          Pixels3x3RowS8* run) {
  const int32_t pitch = p.input.width;
  Pixels3x3S8 filters;
  filters.zero_point = p.range.zero_point;
  filters.plane = p.output.channel_stride();
  for (int32_t f = 0; f < p.output.channels; f += 3) {
    f = min_i32(f, p.output.channels - 3);
    pack_pixels3x3_s8(p, f, filters);
    int8_t* to = output + f * filters.plane;
    const uint8_t* from = pixels;
    int32_t rows = p.output.height;
    do {
      pixels3x3_windows_s8(p, from, pitch, 2 * pitch, pixels + p.input.size(), filters, to, run);
      from += p.window.stride_y * pitch;
      to += p.output.planar_row_stride();
    } while (--rows != 0);
  }
  fill_padding_s8(p.output, p.output.height, p.range.zero_point, output);
}

/// Three filters at the windows of output row `y`, whose pixels lie in a ring.
MICRONETS_INLINE void pixels3x3_ring_windows_s8(const Conv2DS8& p, const Rows<Pixels>& rows,
                                                int32_t y, int8_t* output, Pixels3x3S8* filters,
                                                Pixels3x3RowS8* run) {
  const int32_t row = y * p.window.stride_y;
  const int32_t pitch = rows.stride;
  if (row + 3 < rows.capacity) {
    filters->last_row = 2 * pitch;
    filters->end = output + p.output.width;
    run(rows.data.data + row * pitch, pitch, filters, output);
    return;
  }
  const uint8_t* const begin = rows.data.data;
  const uint8_t* const end = begin + rows.capacity * pitch;
  const uint8_t* const top = begin + row % rows.capacity * pitch;
  const uint8_t* next = top + pitch;
  if (next == end) next = begin;
  const int32_t middle = static_cast<int32_t>(next - top);
  next += pitch;
  if (next == end) next = begin;
  const int32_t bottom = static_cast<int32_t>(next - top);
  pixels3x3_windows_s8(p, top, middle, bottom, end, *filters, output, run);
}

/// Output row `y` of a layer of three filters, its padding excepted. They are packed for the first
/// row and kept in `filters`.
inline MICRONETS_KERNEL void pixels3x3_ring_s8(const Conv2DS8& p, const Rows<Pixels>& rows,
                                               int32_t y, int8_t* output, Pixels3x3S8* filters,
                                               Pixels3x3RowS8* run) {
  if (y == 0) {
    pack_pixels3x3_s8(p, 0, *filters);
    filters->zero_point = p.range.zero_point;
    filters->plane = p.output.channel_stride();
  }
  pixels3x3_ring_windows_s8(p, rows, y, output, filters, run);
}

/// The same for more filters, which are packed anew for each row: to keep them would take 100 bytes
/// for every three.
inline MICRONETS_KERNEL void pixels3x3_filters_s8(const Conv2DS8& p, const Rows<Pixels>& rows,
                                                  int32_t y, int8_t* output, Pixels3x3S8* filters,
                                                  Pixels3x3RowS8* run) {
  filters->zero_point = p.range.zero_point;
  filters->plane = p.output.channel_stride();
  for (int32_t f = 0; f < p.output.channels; f += 3) {
    f = min_i32(f, p.output.channels - 3);
    pack_pixels3x3_s8(p, f, *filters);
    pixels3x3_ring_windows_s8(p, rows, y, output + f * filters->plane, filters, run);
  }
}

/// The padding of such a row, where it has any, by four stores.
MICRONETS_INLINE void pad_three_s8(const Conv2DS8& p, int8_t* output) {
  if (!p.output.is_padded()) return;
  const int32_t next = p.output.channel_stride();
  const int8_t zero = p.range.zero_point;
  output[-1] = zero;
  output[next - 1] = zero;
  output[2 * next - 1] = zero;
  output[3 * next - 1] = zero;
}

MICRONETS_INLINE void pixels3x3_s8(const Conv2DS8& p, const uint8_t* pixels, int8_t* output) {
  pixels3x3_s8(p, pixels, output, pixels3x3_kernel_s8(p));
  clamp_rows_s8(p, p.output.height, output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_PIXELS3X3_S8_H_
