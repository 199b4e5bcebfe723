// The other half of first_unit.cpp.
#include "every_kernel.h"

uint16_t second_unit(const micronets::Conv2D& conv, const float* image, const uint8_t* pixels,
                     const float* w, float* out);

uint16_t second_unit(const micronets::Conv2D& conv, const float* image, const uint8_t* pixels,
                     const float* w, float* out) {
  return call_every_kernel(conv, image, pixels, w, out);
}
