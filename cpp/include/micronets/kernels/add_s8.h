// micronets/kernels/add_s8.h - sum of two maps of int8 codes.
#ifndef MICRONETS_KERNELS_ADD_S8_H_
#define MICRONETS_KERNELS_ADD_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve_add_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Codes become real numbers with `shift` fractional bits, in units of the output's scale:
/// (code - zero point) * multiplier. Export keeps the sum of both below 2^30 and the shift above 0.
struct AddS8 {
  Shape first;
  Shape second;
  Shape output;
  int32_t first_zero_point;
  int32_t second_zero_point;
  int32_t first_multiplier;
  int32_t second_multiplier;
  int32_t shift;
  OutputRange range;

  constexpr bool consistent() const {
    return same_size(first, output) && same_size(second, output) && output.is_planar() &&
           shift > 0 && shift < 31 && range.consistent();
  }
};

/// Computes output row `y`; it may overwrite either input row where that is planar.
template <typename First, typename Second>
MICRONETS_KERNEL void add_s8_row(const AddS8& p, const Rows<First>& first,
                                 const Rows<Second>& second, int32_t y, int8_t* output) {
  const OutputRange range = p.range;
  const int32_t first_factor = p.first_multiplier;
  const int32_t second_factor = p.second_multiplier;
  const int32_t half = static_cast<int32_t>(1) << (p.shift - 1);
  const int32_t start =
      half - p.first_zero_point * first_factor - p.second_zero_point * second_factor;
  const int32_t first_step = p.first.pixel_stride();
  const int32_t second_step = p.second.pixel_stride();
  for (int32_t c = 0; c < p.output.channels; ++c) {
    const First a = first.at(y) + c * p.first.channel_stride();
    const Second b = second.at(y) + c * p.second.channel_stride();
    for (int32_t x = 0; x < p.output.width; ++x) {
      const int32_t sum =
          start + a[x * first_step] * first_factor + b[x * second_step] * second_factor;
      const int32_t code = (sum >> p.shift) + range.zero_point;
      *output++ = static_cast<int8_t>(clamp_i32(code, range.low, range.high));
    }
  }
}

#if MICRONETS_DSP
#if !MICRONETS_MVE
/// `count` neighbours of one channel, in registers alone: gcc -Os would reload most parameters.
inline MICRONETS_FAST_KERNEL void add_values_s8(const AddS8& p, const int8_t* first,
                                                const int8_t* second, int32_t count,
                                                int8_t* output) {
  const int32_t first_factor = p.first_multiplier;
  const int32_t second_factor = p.second_multiplier;
  const int32_t shift = p.shift;
  const int32_t zero_point = p.range.zero_point;
  const int32_t start = (static_cast<int32_t>(1) << (shift - 1)) -
                        p.first_zero_point * first_factor - p.second_zero_point * second_factor;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t sum = start + first[i] * first_factor + second[i] * second_factor;
    output[i] = static_cast<int8_t>(saturate_s8((sum >> shift) + zero_point));
  }
  if (p.range.is_narrow()) clamp_row_s8(p.range, output, count);
}
#endif

/// The same where both inputs are planar, or one channel of an image.
inline MICRONETS_KERNEL void add_s8_row(const AddS8& p, const Rows<const int8_t*>& first,
                                        const Rows<const int8_t*>& second, int32_t y,
                                        int8_t* output) {
  if (p.first.pixel_stride() != 1 || p.second.pixel_stride() != 1) {
    return add_s8_row<const int8_t*, const int8_t*>(p, first, second, y, output);
  }
#if MICRONETS_MVE
  const int32_t half = static_cast<int32_t>(1) << (p.shift - 1);
  const MveAddS8 add = {
      p.first_multiplier, p.second_multiplier,
      half - p.first_zero_point * p.first_multiplier - p.second_zero_point * p.second_multiplier,
      p.shift, p.range};
#endif
  const int8_t* a = first.at(y);
  const int8_t* b = second.at(y);
  for (int32_t c = 0; c < p.output.channels; ++c) {
#if MICRONETS_MVE
    mve_add_s8(add, a, b, p.output.width, output);
#else
    add_values_s8(p, a, b, p.output.width, output);
#endif
    a += p.first.channel_stride();
    b += p.second.channel_stride();
    output += p.output.channel_stride();
  }
}
#endif

/// Computes the whole map; it may overwrite either input where that is planar.
template <typename First, typename Second>
inline void add_s8(const AddS8& p, First first, Second second, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    add_s8_row(p, rows_of(p.first, first), rows_of(p.second, second), y,
               output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_ADD_S8_H_
