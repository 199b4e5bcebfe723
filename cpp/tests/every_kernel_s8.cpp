// One call of every int8 kernel, for three kinds of input: what must compile for every chip.
#include "all_kernels.h"

using namespace micronets;

struct Constants {
  const int8_t* weights;
  const int32_t* words;
  const uint16_t* powers;
};

template <typename Input>
void call_every_kernel_s8(const Conv2DS8& p, const Input& in, const Constants& k, int8_t* out) {
  const Shape& from = p.input;
  const Shape& to = p.output;
  const DepthwiseConv2DS8 depthwise = {from, to, p.window, p.padding, p.input_zero_point, p.range};
  const Pool2D pool = {from, to, p.window, p.padding};
  conv2d_s8(p, in, k.weights, k.words, k.words, out);
  depthwise_conv2d_s8(depthwise, in, k.weights, k.words, k.words, out);
  dense_s8(DenseS8{3, 3, p.range}, in, k.weights, k.words, k.words, out);
  affine_s8(ChannelAffineS8{from, to, p.range}, in, k.weights, k.words, k.words, out);
  add_s8(AddS8{from, from, to, 1, 2, 3, 4, 5, p.range}, in, in, out);
  max_pool2d_s8(pool, in, out);
  average_pool2d_s8(pool, in, out);
  lookup_s8(Elementwise{from, to}, in, k.weights, out);
  concatenate_s8(Concatenate{from, to, 0}, in, k.weights, out);
  reshape_s8(Reshape{from, to}, in, out);
  zero_pad2d_s8(ZeroPad2DS8{from, to, p.padding, 0}, in, out);
  softmax_s8(SoftmaxS8{from, to, 100}, in, k.powers, out);
}

void call_every_kernel_s8(const Conv2DS8& p, const int8_t* codes, const uint8_t* pixels,
                          const float* floats, const Constants& k, int8_t* out);

void call_every_kernel_s8(const Conv2DS8& p, const int8_t* codes, const uint8_t* pixels,
                          const float* floats, const Constants& k, int8_t* out) {
  call_every_kernel_s8(p, codes, k, out);
  call_every_kernel_s8(p, Pixels{pixels}, k, out);
  call_every_kernel_s8(p, QuantizedFloats{floats, 255.0F, 0.0F}, k, out);
}
