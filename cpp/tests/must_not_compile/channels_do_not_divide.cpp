// expect: shapes disagree
#include "micronets/core/conv2d.h"

using namespace micronets;

// 4 output channels cannot be shared out among 3 input channels.
constexpr DepthwiseConv2D layer = {{9, 9, 3, 9}, {9, 9, 4, 9},       {3, 3, 1, 1},
                                   {1, 1, 1, 1}, Activation::linear, 0.0F};
static_assert(layer.consistent(), "layer: shapes disagree");
