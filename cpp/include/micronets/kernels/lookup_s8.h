// micronets/kernels/lookup_s8.h - any function of one value: a table with an entry per code.
#ifndef MICRONETS_KERNELS_LOOKUP_S8_H_
#define MICRONETS_KERNELS_LOOKUP_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`; it may overwrite the input row where that is planar.
/// table: 256 codes, the answer to -128 first
template <typename Input>
MICRONETS_KERNEL void lookup_s8_row(const Elementwise& p, const Rows<Input>& rows, int32_t y,
                                    const int8_t* table, int8_t* output) {
  const int32_t step = p.input.pixel_stride();
  const int32_t span = p.output.width * step;
  for (int32_t c = 0; c < p.output.channels; ++c) {
    const Input values = rows.at(y) + c * p.input.channel_stride();
    for (int32_t i = 0; i != span; i += step) *output++ = read(table + (values[i] + 128));
  }
}

/// Computes the whole map; it may overwrite the input where that is planar.
template <typename Input>
inline void lookup_s8(const Elementwise& p, Input input, const int8_t* table, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    lookup_s8_row(p, rows_of(p.input, input), y, table, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_LOOKUP_S8_H_
