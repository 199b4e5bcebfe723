// micronets/kernels/concatenate_s8.h - brings one map's codes to their place in a larger one.
#ifndef MICRONETS_KERNELS_CONCATENATE_S8_H_
#define MICRONETS_KERNELS_CONCATENATE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/concatenate.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Writes this input's part of output row `y`; `output` is the start of the whole row.
/// table: 256 codes of the output, that of input code -128 first
template <typename Input>
MICRONETS_KERNEL void concatenate_s8_row(const Concatenate& p, const Rows<Input>& rows, int32_t y,
                                         const int8_t* table, int8_t* output) {
  const int32_t step = p.input.pixel_stride();
  const int32_t span = p.input.width * step;
  const int32_t gap = p.output.width - p.input.width;
  output += p.start();
  for (int32_t c = 0; c < p.input.channels; ++c) {
    const Input values = rows.at(y) + c * p.input.channel_stride();
    for (int32_t i = 0; i != span; i += step) *output++ = read(table + (values[i] + 128));
    output += gap;
  }
}

/// Writes this input's part of the whole map; input and output must not overlap.
template <typename Input>
inline void concatenate_s8(const Concatenate& p, Input input, const int8_t* table, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    concatenate_s8_row(p, rows_of(p.input, input), y, table, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONCATENATE_S8_H_
