// micronets/kernels/dense_s8.h - fully connected layer on int8 codes.
#ifndef MICRONETS_KERNELS_DENSE_S8_H_
#define MICRONETS_KERNELS_DENSE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/requantize.h"

namespace micronets {
inline namespace v1 {

struct DenseS8 {
  int32_t inputs;
  int32_t outputs;
  OutputRange range;

  constexpr bool consistent() const { return inputs > 0 && outputs > 0 && range.consistent(); }
  constexpr int32_t weight_count() const { return inputs * outputs; }
};

/// weights: [output][input], inputs in the order in which they lie in memory; bias, multiplier:
/// [output]. The bias holds -zero point * sum of weights. Input and output must not overlap.
template <typename Input>
MICRONETS_FAST_KERNEL void dense_s8(const DenseS8& p, Input input, const int8_t* weights,
                                    const int32_t* bias, const int32_t* multiplier,
                                    int8_t* output) {
  const OutputRange range = p.range;
  for (int32_t i = 0; i < p.outputs; ++i) {
    const int32_t sum = dot_s8(input, 1, weights, p.inputs, read(bias + i));
    output[i] = requantize_s8(sum, read(multiplier + i), range);
    weights += p.inputs;
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DENSE_S8_H_
