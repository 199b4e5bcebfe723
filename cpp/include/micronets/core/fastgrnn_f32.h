// micronets/core/fastgrnn_f32.h - steps of FastGRNN cells, four at once.
#ifndef MICRONETS_CORE_FASTGRNN_F32_H_
#define MICRONETS_CORE_FASTGRNN_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/lanes.h"
#include "micronets/kernels/sigmoid_f32.h"
#include "micronets/kernels/tanh_f32.h"

namespace micronets {
inline namespace v1 {

/// What bends the gate and the update of a cell. A hard sigmoid is a straight line between 0 and 1,
/// named after the width of its slope.
enum Bend : uint16_t { kSigmoid, kTanh, kRelu, kHardTanh, kHardSigmoid2, kHardSigmoid4 };

MICRONETS_INLINE float clip_f32(float value, float low, float high) {
  value = value < low ? low : value;
  return value > high ? high : value;
}

inline MICRONETS_KERNEL float bend_f32(Bend kind, float value) {
  switch (kind) {
    case kSigmoid:
      return SigmoidFunction{}(value);
    case kTanh:
      return TanhFunction{}(value);
    case kRelu:
      return value < 0.0F ? 0.0F : value;
    case kHardTanh:
      return clip_f32(value, -1.0F, 1.0F);
    case kHardSigmoid2:
      return clip_f32((value + 1.0F) / 2.0F, 0.0F, 1.0F);
    case kHardSigmoid4:
      break;
  }
  return clip_f32((value + 2.0F) / 4.0F, 0.0F, 1.0F);
}

/// The rows of a matrix without its zeros, row by row.
struct SparseF32 {
  const float* weights;
  const uint16_t* places;  // of the values that they are multiplied by
};

/// Adds the next `count` weights, times four lanes of `values`, to `sums`.
MICRONETS_INLINE void add_products_f32(SparseF32* matrix, int32_t count, const float* values,
                                       float* sums) {
  float sum0 = sums[0];
  float sum1 = sums[1];
  float sum2 = sums[2];
  float sum3 = sums[3];
  for (; count > 0; --count) {
    const float weight = read(matrix->weights++);
    const float* const lanes = values + kLanes * read(matrix->places++);
    sum0 = multiply_add(weight, lanes[0], sum0);
    sum1 = multiply_add(weight, lanes[1], sum1);
    sum2 = multiply_add(weight, lanes[2], sum2);
    sum3 = multiply_add(weight, lanes[3], sum3);
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_F32_H_
