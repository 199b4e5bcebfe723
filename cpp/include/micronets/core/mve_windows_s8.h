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
#include "micronets/core/mve_turn_s8.h"
#include "micronets/core/span.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// Bytes that are 128 more than codes.
MICRONETS_INLINE Rows<const int8_t*> mve_codes_s8(const Rows<Pixels>& rows) {
  return Rows<const int8_t*>{reinterpret_cast<const int8_t*>(rows.data.data), rows.stride,
                             rows.capacity};
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

/// `columns` pixels, from `offset` on, of rows `y` to `end` - 1, pixel after pixel; their rows are
/// `pitch` apart.
MICRONETS_INLINE void mve_copy_pixels_s8(const Conv2DS8& p, const Rows<const int8_t*>& rows,
                                         int32_t y, int32_t end, int32_t offset, int32_t columns,
                                         int8_t* to, int32_t pitch) {
  const int32_t channels = p.input.channels;
  const int32_t plane = p.input.channel_stride();
  if (p.has_long_runs() && end <= rows.capacity) {
    mve_copy_rows(rows.at(y) + offset, rows.stride, columns * channels, end - y, to, pitch);
    return;
  }
  for (; y != end; ++y) {
    const int8_t* const corner = rows.at(y) + offset;
    if (p.has_long_runs()) {
      mve_copy_bytes(corner, columns * channels, to);
    } else if (plane <= 17 && channels % 16 == 0) {
      mve_turn_narrow_s8(corner, plane, channels, columns, to, even_s8(channels));
    } else {
      mve_turn_wide_s8(corner, plane, channels, columns, to, even_s8(channels));
    }
    to += pitch;
  }
}

/// `columns` columns from `first_x` on of as many rows as a window has, from `first_y` on: what
/// lies inside the map, and the code of 0 around it.
MICRONETS_INLINE void mve_copy_padded_s8(const Conv2DS8& p, const Rows<const int8_t*>& rows,
                                         int32_t first_y, int32_t first_x, int32_t columns,
                                         int32_t zero, int8_t* to, int32_t pitch) {
  const Span inside_y = inside_map(first_y, p.window.height, p.input.height);
  const Span inside_x = inside_map(first_x, columns, p.input.width);
  if (inside_y.count() < p.window.height || inside_x.count() < columns) {
    mve_fill_bytes(to, zero, p.window.height * pitch);
  }
  if (inside_y.count() <= 0 || inside_x.count() <= 0) return;
  mve_copy_pixels_s8(p, rows, first_y + inside_y.begin, first_y + inside_y.end,
                     (first_x + inside_x.begin) * p.input.pixel_stride(), inside_x.count(),
                     to + inside_y.begin * pitch + inside_x.begin * p.layout(1).column, pitch);
}

/// A row of `count` windows inside the map, up to 16 neighbours each: a load each.
MICRONETS_INLINE void mve_copy_windows_s8(const int8_t* from, int32_t step, int32_t width,
                                          int32_t count, int8_t* to, int32_t pitch) {
  Bytes16 loaded;
  __asm__ volatile(
      "vctp.8 %[width]\n"
      "dls lr, %[count]\n"
      "1:\n"
      "vpstt; vldrbt.8 %q[loaded], [%[from]]; vstrbt.8 %q[loaded], [%[to]]\n"
      "add %[from], %[from], %[step]; add %[to], %[to], %[pitch]\n"
      "le lr, 1b\n"
      : [from] "+r"(from), [to] "+r"(to), [loaded] "=&w"(loaded)
      : [step] "r"(step), [width] "r"(width), [count] "r"(count), [pitch] "r"(pitch)
      : "lr", "cc", "memory", MICRONETS_PREDICATE);
}

/// How many windows from column `first_x` on, of `count`, lie inside `width` columns.
MICRONETS_INLINE int32_t mve_windows_inside_s8(const Window& window, int32_t first_x, int32_t width,
                                               int32_t count) {
  const int32_t room = width - window.width - first_x;
  if (first_x < 0 || room < 0) return 0;
  return min_i32(count, room / window.stride_x + 1);
}

/// Brings any windows; `Flip` for bytes that are 128 more than codes.
template <bool Flip>
MICRONETS_FAST_KERNEL void mve_fill_windows_s8(const void* params, const Rows<const int8_t*>& rows,
                                               int32_t y, int32_t x, int32_t count, int8_t* pixels,
                                               int32_t pitch) {
  const Conv2DS8& p = *static_cast<const Conv2DS8*>(params);
  const int32_t row_values = p.window.width * p.input.channels;
  const int32_t row_taps = p.row_taps();
  const int32_t zero = p.input_zero_point ^ (Flip ? 0x80 : 0);
  const int32_t first_y = y * p.window.stride_y - p.padding.top;
  const bool whole = p.has_long_runs() && row_values <= 16 && first_y >= 0 &&
                     first_y + p.window.height <= p.input.height;
  int8_t* to = pixels;
  for (int32_t left = count; left > 0;) {
    const int32_t first_x = x * p.window.stride_x - p.padding.left;
    int32_t ready = whole ? mve_windows_inside_s8(p.window, first_x, p.input.width, left) : 0;
    if (ready != 0) {
      const int32_t pixel_stride = p.input.pixel_stride();
      for (int32_t i = 0; i < p.window.height; ++i) {
        mve_copy_windows_s8(rows.at(first_y + i) + first_x * pixel_stride,
                            p.window.stride_x * pixel_stride, row_values, ready, to + i * row_taps,
                            pitch);
      }
    } else {
      mve_copy_padded_s8(p, rows, first_y, first_x, p.window.width, zero, to, row_taps);
      ready = 1;
    }
    left -= ready;
    x += ready;
    to += ready * pitch;
  }
  if (Flip) mve_flip_s8(pixels, count * pitch);
}

/// Whether each window lies inside the map, in 256 bytes of memory, and has up to 16 values.
MICRONETS_INLINE bool has_mve_small_windows_s8(const Conv2DS8& p) {
  const int32_t row_values = p.window.width * p.input.channels;
  return p.filter_taps() <= 16 &&
         (p.window.height - 1) * p.input.row_stride() + row_values <= 256 && p.padding.top == 0 &&
         p.padding.left == 0 && p.padding.bottom == 0 && p.padding.right == 0 && p.has_long_runs();
}

/// Brings such windows: one load each, but one for each row where their rows begin at the end of a
/// ring and go on at its beginning.
template <bool Flip>
MICRONETS_FAST_KERNEL void mve_fill_small_windows_s8(const void* params,
                                                     const Rows<const int8_t*>& rows, int32_t y,
                                                     int32_t x, int32_t count, int8_t* pixels,
                                                     int32_t pitch) {
  const Conv2DS8& p = *static_cast<const Conv2DS8*>(params);
  const int32_t step = p.window.stride_x * p.input.pixel_stride();
  const int32_t row_values = p.window.width * p.input.channels;
  const int32_t first = y * p.window.stride_y % rows.capacity;
  const int8_t* from = rows.data + first * rows.stride + x * step;
  if (first + p.window.height > rows.capacity) {
    for (int32_t i = 0; i < p.window.height; ++i) {
      if (first + i == rows.capacity) from -= rows.capacity * rows.stride;
      mve_copy_windows_s8(from, step, row_values, count, pixels + i * p.row_taps(), pitch);
      from += rows.stride;
    }
    if (Flip) mve_flip_s8(pixels, count * pitch);
    return;
  }
  alignas(8) uint8_t taps[16] = {};
  for (int32_t i = 0; i < p.window.height; ++i) {
    mve_count_bytes(i * rows.stride, row_values, taps + i * p.row_taps());
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

/// True where `mve_windows_s8` computes this layer; a constant where `p` is one.
MICRONETS_INLINE bool has_mve_windows_s8(const Conv2DS8& p) {
  return has_mve_filters_s8(p.output, p.filter_taps());
}

/// Output rows `y` to `end` - 1. Where `p` is a constant, only the code for its windows is linked.
template <bool Flip>
MICRONETS_INLINE void mve_windows_s8(const Conv2DS8& p, const Rows<const int8_t*>& rows, int32_t y,
                                     int32_t end, int8_t* output) {
  const int32_t taps = p.filter_taps();
  const MveFiltersS8 filters = {
      p.weights,         p.bias, p.multiplier, taps, p.output.channels, p.output.channel_stride(),
      p.range.zero_point};
  const MveFillS8 fill =
      has_mve_small_windows_s8(p) ? mve_fill_small_windows_s8<Flip> : mve_fill_windows_s8<Flip>;
  mve_rows_s8(&p, p.output, rows, y, end, filters, fill, mve_multiply_s8(taps), output);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_WINDOWS_S8_H_
