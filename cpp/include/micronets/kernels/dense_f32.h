// micronets/kernels/dense_f32.h - fully connected layer.
#ifndef MICRONETS_KERNELS_DENSE_F32_H_
#define MICRONETS_KERNELS_DENSE_F32_H_

#include <stdint.h>

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

struct Dense {
  int32_t inputs;
  int32_t outputs;
  Activation activation;
  float ceiling;

  constexpr bool consistent() const { return inputs > 0 && outputs > 0; }
  constexpr int32_t weight_count() const { return inputs * outputs; }
};

/// sum[f] += input[i] * weights[i][f], in the order of i.
template <int32_t Filters, typename Input>
MICRONETS_INLINE void accumulate_dense_f32(const Input& input, int32_t inputs, const float* weights,
                                           float* sum) {
  float part[static_cast<uint32_t>(Filters)];
  for (int32_t f = 0; f < Filters; ++f) part[f] = sum[f];
  for (int32_t i = 0; i < inputs; ++i) {
    const float value = input[i];
    for (int32_t f = 0; f < Filters; ++f) {
      part[f] = multiply_add(value, read(weights + f), part[f]);
    }
    weights += Filters;
  }
  for (int32_t f = 0; f < Filters; ++f) sum[f] = part[f];
}

/// Takes row `y` of the input into the outputs, which hold the sums until the last one has come.
/// weights: blocks of 4 outputs, then one of 2 and one of 1 where the outputs are no multiple of 4;
/// each block is [input][output of the block]. Inputs are in the order in which they lie in memory.
/// bias: [output] or null. Input and output must not overlap.
template <typename Input>
MICRONETS_FAST_KERNEL void dense_f32_fold(const Dense& p, const Rows<Input>& rows, int32_t y,
                                          const float* weights, const float* bias, float* output) {
  const Input row = rows.at(y);
  const int32_t count = rows.stride;
  const int32_t before = y * count;
  if (before == 0) {
    for (int32_t i = 0; i < p.outputs; ++i) output[i] = read_bias(bias, i);
  }
  float* sum = output;
  int32_t filters = 4;
  for (int32_t left = p.outputs; left > 0; left -= filters) {
    while (filters > left) filters >>= 1;
    const float* const of_row = weights + before * filters;
    if (filters == 4) {
      accumulate_dense_f32<4>(row, count, of_row, sum);
    } else if (filters == 2) {
      accumulate_dense_f32<2>(row, count, of_row, sum);
    } else {
      accumulate_dense_f32<1>(row, count, of_row, sum);
    }
    sum += filters;
    weights += filters * p.inputs;
  }
  if (before + count != p.inputs) return;
  for (int32_t i = 0; i < p.outputs; ++i) {
    output[i] = activate_f32(p.activation, output[i], p.ceiling);
  }
}

/// All inputs at once.
template <typename Input>
MICRONETS_INLINE void dense_f32(const Dense& p, Input input, const float* weights,
                                const float* bias, float* output) {
  dense_f32_fold(p, Rows<Input>{input, p.inputs, 1}, 0, weights, bias, output);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DENSE_F32_H_
