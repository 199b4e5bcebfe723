// expect: int8_t
#include "micronets/kernels/pointwise_conv2d_f32.h"

using namespace micronets;

void run(const Conv2D& layer, const float* input, const int8_t* weights, float* output) {
  pointwise_conv2d_f32(layer, input, weights, nullptr, output);
}
