// micronets/core/max_out.h - the largest of all channels but the last, and the last.
#ifndef MICRONETS_CORE_MAX_OUT_H_
#define MICRONETS_CORE_MAX_OUT_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// A detector's several scores of background become one; that of the face stays.
struct MaxOut {
  Shape input;
  Shape output;

  constexpr bool consistent() const {
    return input.height == output.height && input.width == output.width && input.channels >= 2 &&
           output.channels == 2 && output.is_planar();
  }
};

/// Computes output row `y`, float32 values or int8 codes.
template <typename Input, typename Value>
MICRONETS_INLINE void max_out_row(const MaxOut& p, const Rows<Input>& rows, int32_t y,
                                  Value* output) {
  const Input row = rows.at(y);
  const int32_t next = p.input.channel_stride();
  const int32_t last = (p.input.channels - 1) * next;
  for (int32_t x = 0; x < p.output.width; ++x) {
    const Input values = row + x * p.input.pixel_stride();
    Value most = static_cast<Value>(values[0]);
    for (int32_t c = next; c < last; c += next) {
      const Value value = static_cast<Value>(values[c]);
      most = value > most ? value : most;
    }
    output[x] = most;
    output[p.output.width + x] = static_cast<Value>(values[last]);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MAX_OUT_H_
