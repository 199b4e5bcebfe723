// micronets/core/activation_f32.h - the activations that a kernel applies to its own output.
#ifndef MICRONETS_CORE_ACTIVATION_F32_H_
#define MICRONETS_CORE_ACTIVATION_F32_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// linear: nothing. relu: clamp to [0, ceiling]; the ceiling is infinity for a plain ReLU.
enum class Activation : int32_t { linear, relu };

/// Clamps to [0, ceiling] by comparing bit patterns: for non-negative floats the order of the
/// patterns is the order of the numbers, and cores without an FPU (or without VMINNM) compare
/// integers far faster.
MICRONETS_INLINE float clamp_f32(float value, float ceiling) {
  int32_t bits;
  int32_t most;
  memcpy(&bits, &value, sizeof bits);
  memcpy(&most, &ceiling, sizeof most);
  bits = bits < 0 ? 0 : bits;
  bits = bits > most ? most : bits;
  memcpy(&value, &bits, sizeof value);
  return value;
}

MICRONETS_INLINE float activate_f32(Activation activation, float value, float ceiling) {
  return activation == Activation::relu ? clamp_f32(value, ceiling) : value;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_ACTIVATION_F32_H_
