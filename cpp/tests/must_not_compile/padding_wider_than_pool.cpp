// expect: shapes disagree
#include "micronets/core/pool2d.h"

using namespace micronets;

// With a padding as wide as the window, a window could lie outside the map as a whole.
constexpr Pool2D layer = {{4, 4, 1, 4}, {4, 4, 1, 4}, {2, 2, 2, 2}, {2, 2, 2, 2}};
static_assert(layer.consistent(), "layer: shapes disagree");
