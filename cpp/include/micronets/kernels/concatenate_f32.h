// micronets/kernels/concatenate_f32.h - copies one map into its place in a larger one.
#ifndef MICRONETS_KERNELS_CONCATENATE_F32_H_
#define MICRONETS_KERNELS_CONCATENATE_F32_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/concatenate.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Writes this input's part of output row `y`; `output` is the start of the whole row.
template <typename Input>
MICRONETS_KERNEL void concatenate_f32_row(const Concatenate& p, const Rows<Input>& rows, int32_t y,
                                          float* output) {
  const Input row = rows.at(y);
  output += p.start();
  for (int32_t c = 0; c < p.input.channels; ++c) {
    for (int32_t x = 0; x < p.input.width; ++x) {
      output[x] = row[c * p.input.channel_stride() + x * p.input.pixel_stride()];
    }
    output += p.output.width;
  }
}

/// Writes this input's part of the whole map; input and output must not overlap.
template <typename Input>
inline void concatenate_f32(const Concatenate& p, Input input, float* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    concatenate_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_CONCATENATE_F32_H_
