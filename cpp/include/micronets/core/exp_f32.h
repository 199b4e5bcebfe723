// micronets/core/exp_f32.h - the exponential of numbers up to 0, without the C library.
#ifndef MICRONETS_CORE_EXP_F32_H_
#define MICRONETS_CORE_EXP_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// exp(x) for x <= 0, to about two units in the last place; 0 below -87, where float ends. Softmax,
/// sigmoid and tanh need no more. The C library's expf() would bring its errno along: on newlib
/// more than 1 KB of RAM.
inline MICRONETS_KERNEL float exp_of_negative(float x) {
  if (!(x > -87.0F)) return 0.0F;
  // x = n * ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts so that r is exact.
  const int32_t n = static_cast<int32_t>(x * 1.44269504F - 0.5F);
  const float whole = static_cast<float>(n);
  float r = multiply_add(whole, -0.693359375F, x);
  r = multiply_add(whole, 2.12194440e-4F, r);
  // exp(r) by the polynomial of the Cephes library (S. L. Moshier, expf).
  float sum = 1.9875691500e-4F;
  sum = multiply_add(sum, r, 1.3981999507e-3F);
  sum = multiply_add(sum, r, 8.3334519073e-3F);
  sum = multiply_add(sum, r, 4.1665795894e-2F);
  sum = multiply_add(sum, r, 1.6666665459e-1F);
  sum = multiply_add(sum, r, 5.0000001201e-1F);
  sum = multiply_add(sum, r * r, r) + 1.0F;
  // Times 2 to the power of n: n is added to the exponent.
  int32_t bits;
  memcpy(&bits, &sum, sizeof bits);
  bits += n * (INT32_C(1) << 23);
  memcpy(&sum, &bits, sizeof sum);
  return sum;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_EXP_F32_H_
