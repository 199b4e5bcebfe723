// expect: shapes disagree
#include "micronets/core/conv2d.h"

using namespace micronets;

// A 3x3 window on 9x9 with stride 2 and no padding gives 4x4, not 5x5.
constexpr Conv2D layer = {{9, 9, 1, 9}, {5, 5, 4, 5},       {3, 3, 2, 2},
                          {0, 0, 0, 0}, Activation::linear, 0.0F};
static_assert(layer.consistent(), "layer: shapes disagree");
