// micronets/kernels/dense_s8.h - fully connected layer on int8 codes.
#ifndef MICRONETS_KERNELS_DENSE_S8_H_
#define MICRONETS_KERNELS_DENSE_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dot_s8.h"
#include "micronets/core/dsp.h"
#include "micronets/core/mve_values_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct DenseS8 {
  int32_t inputs;
  Size outputs;
  OutputRange range;
  const int8_t* weights;      // [output][input], in the order in which they lie in memory; zeros
                              // make the number of inputs a multiple of 4
  const int32_t* bias;        // [output], with -zero point * sum of weights
  const int32_t* multiplier;  // [output]

  constexpr bool consistent() const { return inputs > 0 && outputs > 0 && range.consistent(); }
  constexpr int32_t weight_count() const { return (inputs + 3) / 4 * 4 * outputs; }
};

#if MICRONETS_MVE
/// Of neighbours, sixteen at a time.
MICRONETS_INLINE int32_t dense_sum_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                      int32_t sum) {
  return mve_dot_s8(values, weights, count, sum);
}
#elif MICRONETS_DSP
/// Of neighbours, four at a time; those behind the last one meet weights of zero.
MICRONETS_INLINE int32_t dense_sum_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                      int32_t sum) {
  const int8_t* const end = weights + count;
  do {
    const uint32_t value = load_4(values);
    const uint32_t weight = load_4(weights);
    values += 4;
    weights += 4;
    sum = multiply_pairs(even_bytes(value), even_bytes(weight), sum);
    sum = multiply_pairs(odd_bytes(value), odd_bytes(weight), sum);
  } while (weights < end);
  return sum;
}
#endif

template <typename Input>
MICRONETS_INLINE int32_t dense_sum_s8(const Input& values, const int8_t* weights, int32_t count,
                                      int32_t sum) {
  return dot_s8(values, 1, weights, 1, count, sum);
}

#if MICRONETS_MVE
/// Of some of the inputs.
MICRONETS_INLINE int32_t dense_part_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                       int32_t sum) {
  return dense_sum_s8(values, weights, count, sum);
}
#elif MICRONETS_DSP
/// Of some of the inputs; the weights behind those are not zero, but those of other inputs.
MICRONETS_INLINE int32_t dense_part_s8(const int8_t* values, const int8_t* weights, int32_t count,
                                       int32_t sum) {
  const int32_t fours = count & ~3;
  if (fours != 0) sum = dense_sum_s8(values, weights, fours, sum);
  return dot_s8(values + fours, 1, weights + fours, 1, count - fours, sum);
}
#endif

/// A call, so that small chips keep the sum in a register.
template <typename Input>
MICRONETS_KERNEL int32_t dense_part_s8(Input values, const int8_t* weights, int32_t count,
                                       int32_t sum) {
  return dense_sum_s8(values, weights, count, sum);
}

/// All outputs, saturated to int8 alone.
template <typename Input>
MICRONETS_KERNEL void dense_sums_s8(const DenseS8& p, Input input, int8_t* output) {
  const int8_t* weights = p.weights;
  int32_t i = 0;
  do {
    const int32_t sum = dense_sum_s8(input, weights, p.inputs, read(p.bias + i));
    output[i] = requantize_s8(sum, read(p.multiplier + i), p.range.zero_point);
    weights += (p.inputs + 3) & ~3;
  } while (++i != p.outputs);
}

/// Up to three values behind the inputs are read. Input and output must not overlap.
template <typename Input>
MICRONETS_INLINE void dense_s8(const DenseS8& p, Input input, int8_t* output) {
  dense_sums_s8(p, input, output);
  if (p.range.is_narrow()) clamp_row_s8(p.range, output, p.outputs);
}

/// Takes row `y` of the input into `sums`, an int32 for each output, and with the last row writes
/// the output. Nothing behind a row is read.
template <typename Input>
MICRONETS_KERNEL void dense_s8_fold(const DenseS8& p, const Rows<Input>& rows, int32_t y,
                                    int8_t* output, void* sums) {
  const Input row = rows.at(y);
  const int32_t count = rows.stride;
  const int32_t before = y * count;
  int32_t* const held = static_cast<int32_t*>(sums);
  if (before == 0) {
    for (int32_t i = 0; i < p.outputs; ++i) held[i] = read(p.bias + i);
  }
  const int8_t* weights = p.weights + before;
  const int32_t next = (p.inputs + 3) & ~3;
  int32_t* const end = held + p.outputs;
  for (int32_t* sum = held; sum != end; ++sum) {
    *sum = dense_part_s8(row, weights, count, *sum);
    weights += next;
  }
  if (before + count != p.inputs) return;
  for (int32_t i = 0; i < p.outputs; ++i) {
    output[i] = requantize_s8(held[i], read(p.multiplier + i), p.range);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DENSE_S8_H_
