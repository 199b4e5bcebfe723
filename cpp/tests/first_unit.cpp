// Two translation units that both contain every kernel must link (see second_unit.cpp).
#include "every_kernel.h"

uint16_t second_unit(const micronets::Conv2D& conv, const float* image, const uint8_t* pixels,
                     const float* w, float* out);
uint16_t first_unit(const micronets::Conv2D& conv, const float* image, const uint8_t* pixels,
                    const float* w, float* out);

uint16_t first_unit(const micronets::Conv2D& conv, const float* image, const uint8_t* pixels,
                    const float* w, float* out) {
  return call_every_kernel(conv, image, pixels, w, out);
}

int main() {
  return first_unit == second_unit ? 1 : 0;  // never equal; the comparison keeps both
}
