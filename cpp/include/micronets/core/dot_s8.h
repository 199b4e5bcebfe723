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

#if defined(__AVR_HAVE_MUL__) && defined(__AVR_HAVE_LPMX__)
/// The same of bytes that are codes once `Flip` is subtracted: 21 cycles for a product, where gcc
/// takes 60, since it widens both factors first. MULS leaves the sign of the product in the carry.
/// A call of its own, or gcc runs out of registers around it.
template <uint8_t Flip>
MICRONETS_KERNEL int32_t dot_avr_s8(const void* values, Index step, const int8_t* weights,
                                    Index weight_step, Index count, int32_t sum) {
  uint8_t value;
  uint8_t weight;
  __asm__(
      "rjmp 2f\n"
      "1: ld %[value], %a[values]\n"
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
      "2: subi %A[count], 1\n"
      "sbci %B[count], 0\n"
      "brcc 1b\n"
      "clr __zero_reg__\n"
      : [sum] "+r"(sum), [values] "+x"(values), [weights] "+z"(weights), [count] "+d"(count),
        [value] "=&d"(value), [weight] "=&d"(weight)
      : [step] "r"(step), [weight_step] "r"(weight_step), [flip] "M"(int16_t{Flip})
      : "cc", "memory");
  return sum;
}

MICRONETS_INLINE int32_t dot_s8(const int8_t* values, int32_t step, const int8_t* weights,
                                int32_t weight_step, int32_t count, int32_t sum) {
  return dot_avr_s8<0>(values, static_cast<Index>(step), weights, static_cast<Index>(weight_step),
                       static_cast<Index>(count), sum);
}

MICRONETS_INLINE int32_t dot_s8(Pixels values, int32_t step, const int8_t* weights,
                                int32_t weight_step, int32_t count, int32_t sum) {
  return dot_avr_s8<128>(values.data, static_cast<Index>(step), weights,
                         static_cast<Index>(weight_step), static_cast<Index>(count), sum);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DOT_S8_H_
