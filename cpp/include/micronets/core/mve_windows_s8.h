// micronets/core/mve_windows_s8.h - windows of codes or of the caller's bytes, copied to rows that
// are multiplied with Helium.
#ifndef MICRONETS_CORE_MVE_WINDOWS_S8_H_
#define MICRONETS_CORE_MVE_WINDOWS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/mve.h"
#include "micronets/core/mve_filters_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
MICRONETS_INLINE int32_t mve_window_taps_s8(const Conv2DS8& p) {
  return p.window.height * p.window.width * p.input.channels;
}

/// Whether the values of a row of a window follow each other in memory.
MICRONETS_INLINE bool mve_neighbours_s8(const Shape& input) {
  return input.channel_stride() == 1 || input.channels == 1;
}

/// Codes of pixels, in place.
MICRONETS_INLINE void mve_flip_s8(int8_t* bytes, int32_t count) {
  const Bytes16 flip = Bytes16{} + static_cast<uint8_t>(0x80);
  Bytes16 loaded;
  __asm__ volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vldrb.8 %q[loaded], [%[bytes]]; veor %q[loaded], %q[loaded], %q[flip]\n"
      "vstrb.8 %q[loaded], [%[bytes]], #16\n"
      "letp lr, 1b\n"
      : [loaded] "=&w"(loaded), [bytes] "+r"(bytes)
      : [flip] "w"(flip), [count] "r"(count)
      : "lr", "memory");
}

/// All channels of `columns` neighbours in a planar row, pixel after pixel.
MICRONETS_INLINE void mve_gather_pixels_s8(const int8_t* from, const Shape& shape, int32_t columns,
                                           int8_t* to) {
  const int32_t plane = shape.channel_stride();
  const int32_t channels = shape.channels;
  const Halves8 planes = mve_multiples_16(plane);
  const int8_t* channel;
  Halves8 loaded;
  __asm__ volatile(
      "1:\n"
      "mov %[channel], %[from]\n"
      "dlstp.16 lr, %[channels]\n"
      "2:\n"
      "vldrb.u16 %q[loaded], [%[channel], %q[planes]]; vstrb.16 %q[loaded], [%[to]], #8\n"
      "add %[channel], %[channel], %[next]\n"
      "letp lr, 2b\n"
      "add %[from], %[from], #1; add %[to], %[to], %[skip]\n"
      "subs %[columns], %[columns], #1; bne 1b\n"
      : [from] "+r"(from), [to] "+l"(to), [columns] "+r"(columns), [channel] "=&r"(channel),
        [loaded] "=&w"(loaded)
      : [planes] "w"(planes), [channels] "r"(channels), [next] "r"(8 * plane),
        [skip] "r"(channels - ((channels + 7) & ~7))
      : "lr", "cc", "memory");
}

/// One window, of which `rows` and `columns` lie inside the map from `corner` on. Where the values
/// under a row of it are neighbours in memory, they are copied.
MICRONETS_INLINE void mve_fill_window_s8(const Conv2DS8& p, const int8_t* corner, const Span& rows,
                                         const Span& columns, int8_t* to) {
  const int32_t row_taps = p.window.width * p.input.channels;
  const int32_t row_stride = p.input.row_stride();
  to += rows.begin * row_taps + columns.begin * p.input.channels;
  if (mve_neighbours_s8(p.input)) {
    mve_copy_rows(corner, row_stride, columns.count() * p.input.channels, rows.count(), to,
                  row_taps);
    return;
  }
  for (int32_t i = 0; i < rows.count(); ++i) {
    mve_gather_pixels_s8(corner, p.input, columns.count(), to);
    corner += row_stride;
    to += row_taps;
  }
}

/// Brings any windows; `Flip` for bytes that are 128 more than codes.
template <bool Flip>
MICRONETS_FAST_KERNEL void mve_fill_windows_s8(const Conv2DS8& p, const int8_t* input, int32_t y,
                                               int32_t x, int32_t count, int8_t* pixels,
                                               int32_t pitch) {
  const int32_t first_y = y * p.window.stride_y - p.padding.top;
  const Span rows = inside_map(first_y, p.window.height, p.input.height);
  const int8_t* const row = input + (first_y + rows.begin) * p.input.row_stride();
  int32_t first_x = x * p.window.stride_x - p.padding.left;
  int8_t* to = pixels;
  for (int32_t i = 0; i < count; ++i) {
    const Span columns = inside_map(first_x, p.window.width, p.input.width);
    if (rows.count() < p.window.height || columns.count() < p.window.width) {
      mve_fill_bytes(to, p.input_zero_point ^ (Flip ? 0x80 : 0), pitch);
    }
    if (rows.count() > 0 && columns.count() > 0) {
      const int32_t corner = (first_x + columns.begin) * p.input.pixel_stride();
      mve_fill_window_s8(p, row + corner, rows, columns, to);
    }
    first_x += p.window.stride_x;
    to += pitch;
  }
  if (Flip) mve_flip_s8(pixels, count * pitch);
}

/// Whether each window lies inside the map, in 256 bytes of memory, and has up to 16 values.
MICRONETS_INLINE bool has_mve_small_windows_s8(const Conv2DS8& p) {
  const int32_t row_taps = p.window.width * p.input.channels;
  return p.window.height * row_taps <= 16 &&
         (p.window.height - 1) * p.input.row_stride() + row_taps <= 256 && p.padding.top == 0 &&
         p.padding.left == 0 && p.padding.bottom == 0 && p.padding.right == 0 &&
         mve_neighbours_s8(p.input);
}

/// Brings such windows: one load each.
template <bool Flip>
MICRONETS_FAST_KERNEL void mve_fill_small_windows_s8(const Conv2DS8& p, const int8_t* input,
                                                     int32_t y, int32_t x, int32_t count,
                                                     int8_t* pixels, int32_t) {
  const int32_t row_stride = p.input.row_stride();
  const int32_t step = p.window.stride_x * p.input.pixel_stride();
  const int8_t* from = input + y * p.window.stride_y * row_stride + x * step;
  alignas(8) uint8_t taps[16] = {};
  const int32_t row_taps = p.window.width * p.input.channels;
  for (int32_t i = 0; i < p.window.height; ++i) {
    mve_count_bytes(i * row_stride, row_taps, taps + i * row_taps);
  }
  __asm__ volatile(
      "vldrb.8 q0, [%[taps]]; vdup.8 q1, %[flip]\n"
      "dls lr, %[count]\n"
      "1:\n"
      "vldrb.u8 q2, [%[from], q0]; veor q2, q2, q1\n"
      "vstrb.8 q2, [%[pixels]], #16; add %[from], %[from], %[step]\n"
      "le lr, 1b\n"
      : [from] "+r"(from), [pixels] "+r"(pixels)
      : [taps] "r"(taps), [flip] "r"(Flip ? 0x80 : 0), [count] "r"(count), [step] "r"(step)
      : "q0", "q1", "q2", "lr", "memory");
}

/// The whole map of a layer that `has_mve_filters_s8`.
template <bool Flip>
MICRONETS_INLINE void mve_windows_s8(const Conv2DS8& p, const int8_t* input, const int8_t* weights,
                                     const int32_t* bias, const int32_t* multiplier,
                                     int8_t* output) {
  const int32_t taps = mve_window_taps_s8(p);
  const MveFiltersS8 filters = {
      weights,           bias, multiplier, taps, p.output.channels, p.output.channel_stride(),
      p.range.zero_point};
  const MveFillS8 fill =
      has_mve_small_windows_s8(p) ? mve_fill_small_windows_s8<Flip> : mve_fill_windows_s8<Flip>;
  const int32_t height = p.output.height;
  mve_rows_s8(p, height, filters, fill, mve_multiply_s8<MveOrder::rows>(taps), input, output);
  if (p.range.is_narrow()) clamp_row_s8(p.range, output, height * p.output.row_stride());
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_WINDOWS_S8_H_
