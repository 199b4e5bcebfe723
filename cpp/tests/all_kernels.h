// Every header of cpp/include/micronets.
#ifndef MICRONETS_TESTS_ALL_KERNELS_H_
#define MICRONETS_TESTS_ALL_KERNELS_H_

#include "micronets/core/activation_f32.h"
#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/clamp_row_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d.h"
#include "micronets/core/elementwise.h"
#include "micronets/core/label.h"
#include "micronets/core/pointwise_tile_f32.h"
#include "micronets/core/pool2d.h"
#include "micronets/core/types.h"
#include "micronets/kernels/add_f32.h"
#include "micronets/kernels/affine_f32.h"
#include "micronets/kernels/average_pool2d_f32.h"
#include "micronets/kernels/concatenate_f32.h"
#include "micronets/kernels/conv2d_3x3_f32.h"
#include "micronets/kernels/conv2d_f32.h"
#include "micronets/kernels/dense_f32.h"
#include "micronets/kernels/depthwise_conv2d_3x3_f32.h"
#include "micronets/kernels/depthwise_conv2d_f32.h"
#include "micronets/kernels/leaky_relu_f32.h"
#include "micronets/kernels/max_pool2d_f32.h"
#include "micronets/kernels/pointwise_conv2d_f32.h"
#include "micronets/kernels/relu_f32.h"
#include "micronets/kernels/reshape_f32.h"
#include "micronets/kernels/sigmoid_f32.h"
#include "micronets/kernels/softmax_f32.h"
#include "micronets/kernels/tanh_f32.h"
#include "micronets/kernels/zero_pad2d_f32.h"

#endif  // MICRONETS_TESTS_ALL_KERNELS_H_
