// One call of every int8 kernel, for three kinds of input: what must compile for every chip.
#include "all_kernels.h"

using namespace micronets;

template <typename Input>
void call_every_kernel_s8(const Conv2DS8& p, const Input& in, const uint16_t* powers, int8_t* out,
                          void* scratch) {
  const Shape& from = p.input;
  const Shape& to = p.output;
  const DepthwiseConv2DS8 depthwise = {
      from, to, p.window, p.padding, p.input_zero_point, p.range, p.weights, p.bias, p.multiplier};
  const Pool2D pool = {from, to, p.window, p.padding};
  conv2d_s8(p, in, out, scratch);
  pointwise_conv2d_s8(
      PointwiseConv2DS8{from, to, p.range, p.unrolled, p.weights, p.bias, p.multiplier}, in, out,
      scratch);
  depthwise_conv2d_s8(depthwise, in, out);
  const DenseS8 dense = {3, 3, p.range, p.weights, p.bias, p.multiplier};
  dense_s8(dense, in, out);
  dense_s8_fold(dense, rows_of(from, in), 0, out, scratch);
  affine_s8(ChannelAffineS8{from, to, p.range, p.weights, p.bias, p.multiplier}, in, out);
  add_s8(AddS8{from, from, to, 1, 2, 3, 4, 5, p.range}, in, in, out);
  max_pool2d_s8(pool, in, out);
  max_pool2d_s8_fold(pool, rows_of(from, in), 0, out);
  average_pool2d_s8(pool, in, out);
  average_pool2d_s8_fold(pool, rows_of(from, in), 0, out, scratch);
  lookup_s8(Elementwise{from, to}, in, p.weights, out);
  concatenate_s8(Concatenate{from, to, 0, 0}, in, p.weights, out);
  reshape_s8(Reshape{from, to}, in, out);
  l2_norm_s8(L2NormS8{from, to, 1, 2, 25, p.multiplier}, in, out);
  max_out_s8(MaxOut{from, to}, in, out);
  CandidatesS8<4> candidates;
  FoundS8<3> found;
  candidates.count = 0;
  detect_head_s8(DetectHeadS8{from, from, to, 0, 1024, 4}, in, in, out, candidates);
  const DetectionHeadS8 heads[] = {{0, 4, 8, 1, 300, 500, 524288}};
  find_detections_s8(heads, DetectorS8{24, 32, 1, 9830}, 0.5F, candidates, found);
  zero_pad2d_s8(ZeroPad2DS8{from, to, p.padding, 0}, in, out);
  softmax_s8(SoftmaxS8{from, to, powers}, in, out);
}

void call_every_kernel_s8(const Conv2DS8& p, const int8_t* codes, const uint8_t* pixels,
                          const float* floats, const uint16_t* powers, int8_t* out, void* scratch);

void call_every_kernel_s8(const Conv2DS8& p, const int8_t* codes, const uint8_t* pixels,
                          const float* floats, const uint16_t* powers, int8_t* out, void* scratch) {
  call_every_kernel_s8(p, codes, powers, out, scratch);
  call_every_kernel_s8(p, Pixels{pixels}, powers, out, scratch);
  call_every_kernel_s8(p, QuantizedFloats{floats, 255.0F, 0.0F}, powers, out, scratch);
}
