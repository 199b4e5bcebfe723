// One call of every kernel, for three kinds of input: what must compile without a warning.
#ifndef MICRONETS_TESTS_EVERY_KERNEL_H_
#define MICRONETS_TESTS_EVERY_KERNEL_H_

#include "all_kernels.h"

template <typename Input>
inline void call_every_kernel(const micronets::Conv2D& conv, const Input& in, const float* w,
                              float* out) {
  using namespace micronets;
  const Shape& from = conv.input;
  const Shape& to = conv.output;
  const DepthwiseConv2D depthwise = {from,        to, conv.window, conv.padding, conv.activation,
                                     conv.ceiling};
  const Pool2D pool = {from, to, conv.window, conv.padding};
  const Elementwise plain = {from, to};
  conv2d_f32(conv, in, w, w, out);
  conv2d_3x3_f32(conv, in, w, w, out);
  pointwise_conv2d_f32(conv, in, w, w, out);
  depthwise_conv2d_f32(depthwise, in, w, w, out);
  depthwise_conv2d_3x3_f32(depthwise, in, w, w, out);
  dense_f32(Dense{3, 3, conv.activation, conv.ceiling}, in, w, w, out);
  max_pool2d_f32(pool, in, out);
  max_pool2d_f32_fold(pool, rows_of(from, in), 0, out);
  average_pool2d_f32(pool, in, out);
  average_pool2d_f32_fold(pool, rows_of(from, in), 0, out);
  relu_f32(Relu{from, to, conv.ceiling}, in, out);
  leaky_relu_f32(LeakyRelu{from, to, 0.1F}, in, out);
  sigmoid_f32(plain, in, out);
  tanh_f32(plain, in, out);
  softmax_f32(plain, in, out);
  add_f32(Add{from, from, to, conv.activation, conv.ceiling}, in, in, out);
  concatenate_f32(Concatenate{from, to, 0, 0}, in, out);
  affine_f32(ChannelAffine{from, to, conv.activation, conv.ceiling}, in, w, w, out);
  zero_pad2d_f32(ZeroPad2D{from, to, conv.padding}, in, out);
  reshape_f32(Reshape{from, to}, in, out);
  l2_norm_f32(plain, in, w, out);
  max_out_f32(MaxOut{from, to}, in, out);
  CandidatesF32<4> candidates;
  FoundF32<3> found;
  candidates.count = 0;
  detect_head_f32(DetectHead{from, from, to, 0}, in, in, out, candidates);
  const DetectionHeadF32 heads[] = {{0, 4, 8.0F, 16.0F, 1.6F, 0.2F}};
  find_detections_f32(heads, DetectorF32{24, 32, 1, 0.3F}, 0.5F, candidates, found);
}

inline uint16_t call_every_kernel(const micronets::Conv2D& conv, const float* image,
                                  const uint8_t* pixels, const float* w, float* out) {
  call_every_kernel(conv, image, w, out);
  call_every_kernel(conv, micronets::Affine<float>{image, 2.0F, -1.0F}, w, out);
  call_every_kernel(conv, micronets::Affine<uint8_t>{pixels, 1.0F / 255.0F, 0.0F}, w, out);
  return micronets::label_of(out, 3);
}

#endif  // MICRONETS_TESTS_EVERY_KERNEL_H_
