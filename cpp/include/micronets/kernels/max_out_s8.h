// micronets/kernels/max_out_s8.h - the largest of all channels but the last, and the last.
#ifndef MICRONETS_KERNELS_MAX_OUT_S8_H_
#define MICRONETS_KERNELS_MAX_OUT_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/max_out.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Computes output row `y`.
template <typename Input>
MICRONETS_KERNEL void max_out_s8_row(const MaxOut& p, const Rows<Input>& rows, int32_t y,
                                     int8_t* output) {
  max_out_row(p, rows, y, output);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void max_out_s8(const MaxOut& p, Input input, int8_t* output) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    max_out_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride());
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_MAX_OUT_S8_H_
