// micronets/core/dot_s8.h - the innermost loop of all int8 kernels that sum products.
#ifndef MICRONETS_CORE_DOT_S8_H_
#define MICRONETS_CORE_DOT_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/input_s8.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// sum + values[0] * weights[0] + values[step] * weights[weight_step] + ...: `count` products.
template <typename Input>
MICRONETS_INLINE int32_t dot_s8(Input values, int32_t step, const int8_t* weights,
                                int32_t weight_step, int32_t count, int32_t sum) {
  for (const int8_t* const end = weights + count * weight_step; weights != end;) {
    // Factors of 16 bits at most, so that 8-bit chips multiply 16 x 16 bits.
    sum += values[0] * read(weights);
    weights += weight_step;
    values = values + step;
  }
  return sum;
}

#if defined(__AVR__)
/// How runs of values lie in memory, and their weights: one after the other, equally far apart.
struct RunsS8 {
  Index length;
  Index step;
  Index weight_step;
  Index skip;  // from behind the last value of a run to the first of the next
  Index skip_weights;
};

/// sum + the products of `count` runs.
template <typename Input>
MICRONETS_KERNEL int32_t dot_runs_s8(const RunsS8& runs, Input values, const int8_t* weights,
                                     Index count, int32_t sum) {
  for (; count != 0; --count) {
    sum = dot_s8(values, runs.step, weights, runs.weight_step, runs.length, sum);
    values = values + (runs.length * runs.step + runs.skip);
    weights += runs.length * runs.weight_step + runs.skip_weights;
  }
  return sum;
}
#endif

#if MICRONETS_AVR_MUL
/// The same of bytes that are codes once `Flip` is subtracted: 21 cycles for a product, where gcc
/// takes 60, since it widens both factors first. MULS leaves the sign of the product in the carry.
template <uint8_t Flip>
MICRONETS_KERNEL int32_t dot_runs_avr_s8(const RunsS8& runs, const void* values,
                                         const int8_t* weights, Index count, int32_t sum) {
  Index left;
  uint8_t value;
  uint8_t weight;
  __asm__(
      "rjmp 4f\n"
      "1: movw %[left], %[length]\n"
      "rjmp 3f\n"
      "2: ld %[value], %a[values]\n"
      "lpm %[weight], %a[weights]\n"
      "add %A[values], %A[step]\n"
      "adc %B[values], %B[step]\n"
      "add %A[weights], %A[weight_step]\n"
      "adc %B[weights], %B[weight_step]\n"
      "subi %[value], %[flip]\n"
      "muls %[value], %[weight]\n"
      "sbc %[value], %[value]\n"
      "add %A[sum], r0\n"
      "adc %B[sum], r1\n"
      "adc %C[sum], %[value]\n"
      "adc %D[sum], %[value]\n"
      "3: subi %A[left], 1\n"
      "sbci %B[left], 0\n"
      "brcc 2b\n"
      "add %A[values], %A[skip]\n"
      "adc %B[values], %B[skip]\n"
      "add %A[weights], %A[skip_weights]\n"
      "adc %B[weights], %B[skip_weights]\n"
      "4: subi %A[count], 1\n"
      "sbci %B[count], 0\n"
      "brcc 1b\n"
      "clr __zero_reg__\n"
      : [sum] "+r"(sum), [values] "+x"(values), [weights] "+z"(weights), [count] "+d"(count),
        [left] "=&d"(left), [value] "=&d"(value), [weight] "=&d"(weight)
      : [length] "r"(runs.length), [step] "r"(runs.step), [weight_step] "r"(runs.weight_step),
        [skip] "r"(runs.skip), [skip_weights] "r"(runs.skip_weights), [flip] "M"(int16_t{Flip})
      : "cc", "memory");
  return sum;
}

MICRONETS_INLINE int32_t dot_runs_s8(const RunsS8& runs, const int8_t* values,
                                     const int8_t* weights, Index count, int32_t sum) {
  return dot_runs_avr_s8<0>(runs, values, weights, count, sum);
}

MICRONETS_INLINE int32_t dot_runs_s8(const RunsS8& runs, Pixels values, const int8_t* weights,
                                     Index count, int32_t sum) {
  return dot_runs_avr_s8<128>(runs, values.data, weights, count, sum);
}

MICRONETS_INLINE int32_t dot_s8(const int8_t* values, int32_t step, const int8_t* weights,
                                int32_t weight_step, int32_t count, int32_t sum) {
  const RunsS8 run = {static_cast<Index>(count), static_cast<Index>(step),
                      static_cast<Index>(weight_step), 0, 0};
  return dot_runs_s8(run, values, weights, 1, sum);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DOT_S8_H_
