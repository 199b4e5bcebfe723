// micronets/core/input_s8.h - what an int8 net can read besides codes: the caller's image.
#ifndef MICRONETS_CORE_INPUT_S8_H_
#define MICRONETS_CORE_INPUT_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The caller's bytes: the code is the pixel - 128. Stands wherever an int8 kernel takes a
/// `const int8_t*` as its input.
struct Pixels {
  const uint8_t* data;

  int16_t operator[](int32_t i) const { return static_cast<int16_t>(data[i] - 128); }
  Pixels operator+(int32_t i) const { return Pixels{data + i}; }
};

/// Rows of the caller's bytes, or of those that a net keeps in its own memory.
MICRONETS_INLINE Rows<Pixels> pixel_rows(const void* data, int32_t stride, int32_t capacity) {
  return Rows<Pixels>{Pixels{static_cast<const uint8_t*>(data)}, stride, capacity};
}

/// Rounds to float32 what a compiler might hold in more bits, or put into a fused multiply-add.
MICRONETS_INLINE float rounded_f32(float value) {
  volatile float stored = value;
  return stored;
}

/// The caller's floats: the code is floor(value * scale + offset + 1/2), clamped to [0, 255],
/// - 128; NaN gives -128. The product is rounded to float32, then the sum with the offset, and
/// nothing after that, so every chip and compiler gets the same code.
struct QuantizedFloats {
  const float* data;
  float scale;
  float offset;

  int16_t operator[](int32_t i) const {
    const float level = rounded_f32(rounded_f32(data[i] * scale) + offset);
    if (!(level >= 0.0F)) return -128;
    if (level >= 255.0F) return 127;
    const int16_t whole = static_cast<int16_t>(level);
    const bool up = level - static_cast<float>(whole) >= 0.5F;
    return static_cast<int16_t>(whole - 128 + (up ? 1 : 0));
  }
  QuantizedFloats operator+(int32_t i) const { return QuantizedFloats{data + i, scale, offset}; }
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_INPUT_S8_H_
