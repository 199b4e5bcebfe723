// expect: const float
#include "micronets/kernels/relu_f32.h"

using namespace micronets;

void run(const Relu& layer, const float* input) { relu_f32(layer, input, input); }
