// micronets/kernels/reshape_s8.h - the same codes, in Keras's order, under another shape or layout.
#ifndef MICRONETS_KERNELS_RESHAPE_S8_H_
#define MICRONETS_KERNELS_RESHAPE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/reshape.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
template <typename Input>
MICRONETS_KERNEL void reshape_s8_row(const Reshape& p, const Rows<Input>& rows, int32_t y,
                                     int8_t* output) {
  reshape_row(p, rows, y, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void reshape_s8(const Reshape& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    reshape_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_RESHAPE_S8_H_
