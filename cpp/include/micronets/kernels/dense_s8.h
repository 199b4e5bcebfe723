// micronets/kernels/dense_s8.h - fully connected layer on int8 codes.
#ifndef MICRONETS_KERNELS_DENSE_S8_H_
#define MICRONETS_KERNELS_DENSE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/mve_values_s8.h"
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

#if MICRONETS_MVE
/// `dot_s8` of neighbours, sixteen at a time.
MICRONETS_INLINE int32_t dot_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                int32_t sum) {
  return mve_dot_s8(values, weights, count, sum);
}
#elif MICRONETS_DSP
/// `dot_s8` of neighbours, four at a time.
MICRONETS_INLINE int32_t dot_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                int32_t sum) {
  const int8_t* const end = weights + count;
  const int8_t* const last_four = end - 3;
  for (; weights < last_four; weights += 4) {
    const uint32_t value = load_4(values);
    const uint32_t weight = load_4(weights);
    values += 4;
    sum = multiply_pairs(even_bytes(value), even_bytes(weight), sum);
    sum = multiply_pairs(odd_bytes(value), odd_bytes(weight), sum);
  }
  while (weights != end) sum += *values++ * *weights++;
  return sum;
}
#endif

template <typename Input>
MICRONETS_INLINE int32_t dot_s8(const Input& values, const int8_t* weights, int32_t count,
                                int32_t sum) {
  return dot_s8(values, 1, weights, count, sum);
}

/// weights: [output][input], inputs in the order in which they lie in memory; bias, multiplier:
/// [output]. The bias holds -zero point * sum of weights. Input and output must not overlap.
template <typename Input>
MICRONETS_FAST_KERNEL void dense_s8(const DenseS8& p, Input input, const int8_t* weights,
                                    const int32_t* bias, const int32_t* multiplier,
                                    int8_t* output) {
  const OutputRange range = p.range;
  for (int32_t i = 0; i < p.outputs; ++i) {
    const int32_t sum = dot_s8(input, weights, p.inputs, read(bias + i));
    output[i] = requantize_s8(sum, read(multiplier + i), range);
    weights += p.inputs;
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DENSE_S8_H_
