// expect: DepthwiseConv2D
#include "micronets/kernels/depthwise_conv2d_f32.h"

using namespace micronets;

void run(const Conv2D& layer, const float* input, const float* weights, float* output) {
  depthwise_conv2d_f32(layer, input, weights, weights, output);
}
