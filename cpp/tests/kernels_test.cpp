// Every float kernel against the plainest loop that can be written, on random shapes.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

using namespace micronets;

namespace {

// Sums of products are rounded in another order and with or without FMA; all terms are below 1.
const float tolerance = 2e-5F;

Shape random_shape(int32_t min_side) {
  const Layout layout = random_int(0, 2) == 0 ? Layout::interleaved : Layout::planar;
  return shape_of(random_int(min_side, 10), random_int(min_side, 17), random_int(1, 13), layout);
}

// Of the same layout.
Shape with_width(const Shape& s, int32_t width, int32_t channels) {
  const Layout layout = s.next_channel == 1 ? Layout::interleaved : Layout::planar;
  return shape_of(s.height, width, channels, layout);
}

Shape planar(int32_t height, int32_t width, int32_t channels) {
  return shape_of(height, width, channels, Layout::planar);
}

Activation random_activation() {
  return random_int(0, 1) == 0 ? Activation::linear : Activation::relu;
}

float random_ceiling() { return random_int(0, 1) == 0 ? INFINITY : 0.75F; }

float activated(Activation activation, float value, float ceiling) {
  if (activation == Activation::linear) return value;
  return value < 0.0F ? 0.0F : value > ceiling ? ceiling : value;
}

// A window of `height` x `width` that fits into the padded input at least once.
bool fits(const Shape& input, const Window& window, const Padding& padding) {
  return input.height + padding.top + padding.bottom >= window.height &&
         input.width + padding.left + padding.right >= window.width;
}

Shape slide(const Shape& input, const Window& w, const Padding& p, int32_t channels) {
  return planar(window_count(input.height, p.top, p.bottom, w.height, w.stride_y),
                window_count(input.width, p.left, p.right, w.width, w.stride_x), channels);
}

// bias + sum over the window; weight(wy, wx, c) gives the logical weight of one output channel.
template <typename Weight>
float window_sum(const Map& in, const Window& w, const Padding& p, int32_t y, int32_t x,
                 int32_t first_channel, int32_t last_channel, float bias, Weight weight) {
  float sum = bias;
  for (int32_t wy = 0; wy < w.height; ++wy) {
    for (int32_t wx = 0; wx < w.width; ++wx) {
      for (int32_t c = first_channel; c < last_channel; ++c) {
        const int32_t from_y = y * w.stride_y - p.top + wy;
        const int32_t from_x = x * w.stride_x - p.left + wx;
        if (in.holds(from_y, from_x)) sum += in.at(from_y, from_x, c) * weight(wy, wx, c);
      }
    }
  }
  return sum;
}

typedef int32_t (*WeightOrder)(int32_t filters, int32_t taps, int32_t o, int32_t t);

int32_t plain_index(int32_t, int32_t taps, int32_t o, int32_t t) { return o * taps + t; }

// Blocks of 3 filters, then single ones, each [input channel][window y][filter][window x].
int32_t conv3x3_index(int32_t filters, int32_t taps, int32_t o, int32_t t) {
  const int32_t channels = taps / 9, c = t % channels, wx = t / channels % 3, wy = t / channels / 3;
  const bool single = o / 3 * 3 + 3 > filters;
  const int32_t first = single ? o : o / 3 * 3, width = single ? 1 : 3;
  return first * taps + ((c * 3 + wy) * width + o - first) * 3 + wx;
}

// Where tap `t` of filter `o` lies: blocks of 4 filters, then of 2 and of 1, each [tap][filter].
int32_t packed_index(int32_t filters, int32_t taps, int32_t o, int32_t t) {
  int32_t first = o / 4 * 4, width = 4;
  while (first + width > filters || o >= first + width) {
    if (first + width <= filters) first += width;
    width /= 2;
  }
  return first * taps + t * width + o - first;
}

typedef void (*ConvKernel)(const Conv2D&, const float*, const float*, const float*, float*);

void check_conv2d(const char* name, ConvKernel kernel, const Window& w, const Padding& padding,
                  Shape input, int32_t filters, WeightOrder order) {
  if (!fits(input, w, padding)) return;
  const Conv2D p{
      input, slide(input, w, padding, filters), w, padding, random_activation(), random_ceiling()};
  Map in(p.input), out(p.output), expected(p.output);
  in.randomize();
  Vector weights(p.weight_count()), bias(filters), packed(p.weight_count());
  weights.randomize();
  bias.randomize();
  const int32_t taps = w.height * w.width * input.channels;
  for (int32_t o = 0; o < filters; ++o) {
    for (int32_t t = 0; t < taps; ++t) {
      packed[order(filters, taps, o, t)] = weights[o * taps + t];
    }
  }
  const bool with_bias = random_int(0, 3) != 0;
  for (int32_t y = 0; y < p.output.height; ++y) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      for (int32_t o = 0; o < filters; ++o) {
        const float sum =
            window_sum(in, w, padding, y, x, 0, input.channels, with_bias ? bias[o] : 0.0F,
                       [&](int32_t wy, int32_t wx, int32_t c) {
                         return weights[o * taps + (wy * w.width + wx) * input.channels + c];
                       });
        expected.at(y, x, o) = activated(p.activation, sum, p.ceiling);
      }
    }
  }
  kernel(p, in.data(), packed.data(), with_bias ? bias.data() : nullptr, out.data());
  check_close(name, out, expected, tolerance);
  check(p.consistent(), name, "consistent");
}

void conv2d_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Window w =
        window_of(random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3));
    const Padding padding = random_padding(2);
    check_conv2d("conv2d", conv2d_f32<const float*>, w, padding, random_shape(1), random_int(1, 6),
                 plain_index);
  }
}

void conv2d_3x3_cases() {
  for (int32_t i = 0; i < 4 * cases; ++i) {
    const Window w = window_of(3, 3, random_int(1, 5), random_int(1, 5));
    const Padding padding = random_padding(4);
    const Shape input = with_width(random_shape(1), random_int(1, 40), random_int(1, 4));
    check_conv2d("conv2d_3x3", conv2d_3x3_f32<const float*>, w, padding, input, random_int(1, 9),
                 conv3x3_index);
  }
}

void pointwise_conv2d_cases() {
  for (int32_t i = 0; i < 4 * cases; ++i) {
    check_conv2d("pointwise_conv2d", pointwise_conv2d_f32<const float*>, Window{1, 1, 1, 1},
                 Padding{0, 0, 0, 0}, random_shape(1), random_int(1, 13), packed_index);
  }
}

typedef void (*DepthwiseKernel)(const DepthwiseConv2D&, const float*, const float*, const float*,
                                float*);

void check_depthwise_conv2d(const char* name, DepthwiseKernel kernel, const Window& w,
                            const Padding& padding, const Shape& input, int32_t multiplier) {
  if (!fits(input, w, padding)) return;
  const DepthwiseConv2D p{input,
                          slide(input, w, padding, input.channels * multiplier),
                          w,
                          padding,
                          random_activation(),
                          random_ceiling()};
  Map in(p.input), out(p.output), expected(p.output);
  in.randomize();
  Vector weights(p.weight_count()), bias(p.output.channels);
  weights.randomize();
  bias.randomize();
  const bool with_bias = random_int(0, 3) != 0;
  for (int32_t y = 0; y < p.output.height; ++y) {
    for (int32_t x = 0; x < p.output.width; ++x) {
      for (int32_t o = 0; o < p.output.channels; ++o) {
        const int32_t c = o / multiplier;
        const float sum = window_sum(in, w, padding, y, x, c, c + 1, with_bias ? bias[o] : 0.0F,
                                     [&](int32_t wy, int32_t wx, int32_t) {
                                       return weights[(o * w.height + wy) * w.width + wx];
                                     });
        expected.at(y, x, o) = activated(p.activation, sum, p.ceiling);
      }
    }
  }
  kernel(p, in.data(), weights.data(), with_bias ? bias.data() : nullptr, out.data());
  check_close(name, out, expected, tolerance);
  check(p.consistent(), name, "consistent");
}

void depthwise_conv2d_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Window w =
        window_of(random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3));
    const Padding padding = random_padding(2);
    check_depthwise_conv2d("depthwise_conv2d", depthwise_conv2d_f32<const float*>, w, padding,
                           random_shape(1), random_int(1, 3));
  }
  for (int32_t i = 0; i < 6 * cases; ++i) {
    const Window w = window_of(3, 3, random_int(1, 2), random_int(1, 2));
    const Padding padding = random_padding(1);
    const Shape any = random_shape(1);
    const Shape input = with_width(any, random_int(1, 50), any.channels);
    check_depthwise_conv2d("depthwise_conv2d_3x3", depthwise_conv2d_3x3_f32<const float*>, w,
                           padding, input, 1);
  }
}

void dense_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Dense p{random_int(1, 40), random_int(1, 13), random_activation(), random_ceiling()};
    Vector in(p.inputs), weights(p.weight_count()), packed(p.weight_count()), bias(p.outputs);
    Vector out(p.outputs), expected(p.outputs);
    in.randomize();
    weights.randomize();
    bias.randomize();
    const bool with_bias = random_int(0, 1) != 0;
    for (int32_t o = 0; o < p.outputs; ++o) {
      float sum = with_bias ? bias[o] : 0.0F;
      for (int32_t k = 0; k < p.inputs; ++k) {
        sum += in[k] * weights[o * p.inputs + k];
        packed[packed_index(p.outputs, p.inputs, o, k)] = weights[o * p.inputs + k];
      }
      expected[o] = activated(p.activation, sum, p.ceiling);
    }
    dense_f32(p, static_cast<const float*>(in.data()), packed.data(),
              with_bias ? bias.data() : nullptr, out.data());
    check_close("dense", out, expected, tolerance);
  }
}

void pool_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape input = random_shape(1);
    Window w = window_of(random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3));
    if (random_int(0, 3) == 0) w = window_of(input.height, input.width, 1, 1);
    const Padding padding =
        padding_of(random_int(0, w.height - 1) / 2, random_int(0, w.width - 1) / 2,
                   random_int(0, w.height - 1) / 2, random_int(0, w.width - 1) / 2);
    if (!fits(input, w, padding)) continue;
    const Pool2D p{input, slide(input, w, padding, input.channels), w, padding};
    Map in(input), out(p.output), most(p.output), mean(p.output);
    in.randomize();
    for (int32_t y = 0; y < p.output.height; ++y) {
      for (int32_t x = 0; x < p.output.width; ++x) {
        for (int32_t c = 0; c < input.channels; ++c) {
          float largest = -INFINITY, sum = 0.0F, cells = 0.0F;
          for (int32_t wy = 0; wy < w.height; ++wy) {
            for (int32_t wx = 0; wx < w.width; ++wx) {
              const int32_t from_y = y * w.stride_y - padding.top + wy;
              const int32_t from_x = x * w.stride_x - padding.left + wx;
              if (!in.holds(from_y, from_x)) continue;
              largest = fmaxf(largest, in.at(from_y, from_x, c));
              sum += in.at(from_y, from_x, c);
              cells += 1.0F;
            }
          }
          most.at(y, x, c) = largest;
          mean.at(y, x, c) = sum / cells;
        }
      }
    }
    max_pool2d_f32(p, static_cast<const float*>(in.data()), out.data());
    check_close("max_pool2d", out, most, 0.0F);
    average_pool2d_f32(p, static_cast<const float*>(in.data()), out.data());
    check_close("average_pool2d", out, mean, tolerance);
    check(p.consistent(), "pool", "consistent");
  }
}

// `kernel(in, out)` against `function(value)`, apart and in place.
template <typename Kernel, typename Function>
void check_elementwise(const char* name, const Shape& input, Kernel kernel, Function function) {
  const Shape output = planar(input.height, input.width, input.channels);
  Map in(input), out(output), expected(output);
  in.randomize();
  in.scale(4.0F);
  for (int32_t y = 0; y < input.height; ++y) {
    for (int32_t x = 0; x < input.width; ++x) {
      for (int32_t c = 0; c < input.channels; ++c) {
        expected.at(y, x, c) = function(in, y, x, c);
      }
    }
  }
  kernel(Elementwise{input, output}, in.data(), out.data());
  check_close(name, out, expected, tolerance);
  if (input.is_planar()) {
    kernel(Elementwise{input, output}, in.data(), in.data());
    check_close(name, in, expected, tolerance);
  }
}

void elementwise_cases() {
  for (int32_t i = 0; i < cases / 2; ++i) {
    const Shape s = random_shape(1);
    typedef const Elementwise& E;
    check_elementwise(
        "relu", s,
        [](E p, const float* in, float* out) {
          relu_f32(Relu{p.input, p.output, 0.5F}, in, out);
        },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          return activated(Activation::relu, m.at(y, x, c), 0.5F);
        });
    check_elementwise(
        "leaky_relu", s,
        [](E p, const float* in, float* out) {
          leaky_relu_f32(LeakyRelu{p.input, p.output, 0.3F}, in, out);
        },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          return m.at(y, x, c) < 0.0F ? m.at(y, x, c) * 0.3F : m.at(y, x, c);
        });
    check_elementwise(
        "sigmoid", s, [](E p, const float* in, float* out) { sigmoid_f32(p, in, out); },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          return static_cast<float>(1.0 / (1.0 + exp(-static_cast<double>(m.at(y, x, c)))));
        });
    check_elementwise(
        "tanh", s, [](E p, const float* in, float* out) { tanh_f32(p, in, out); },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          return static_cast<float>(tanh(static_cast<double>(m.at(y, x, c))));
        });
    check_elementwise(
        "softmax", s, [](E p, const float* in, float* out) { softmax_f32(p, in, out); },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          double sum = 0.0;
          for (int32_t k = 0; k < m.shape().channels; ++k) {
            sum += exp(static_cast<double>(m.at(y, x, k)));
          }
          return static_cast<float>(exp(static_cast<double>(m.at(y, x, c))) / sum);
        });
    check_elementwise(
        "l2_norm", s,
        [](E p, const float* in, float* out) {
          const float gamma[13] = {1, -1, 2, 0, 3, 1, 1, 1, 1, 1, 1, 1, -2};
          l2_norm_f32(p, in, gamma, out);
        },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          const float gamma[13] = {1, -1, 2, 0, 3, 1, 1, 1, 1, 1, 1, 1, -2};
          double squares = 0.0;
          for (int32_t k = 0; k < m.shape().channels; ++k) {
            squares += static_cast<double>(m.at(y, x, k)) * static_cast<double>(m.at(y, x, k));
          }
          if (!(squares > 0.0)) return 0.0F;
          return static_cast<float>(static_cast<double>(m.at(y, x, c)) / sqrt(squares)) * gamma[c];
        });
    check_elementwise(
        "l2_norm of zeros", s,
        [](E p, const float* in, float* out) {
          affine_f32(ChannelAffine{p.input, p.output, Activation::linear, 0.0F}, in,
                     Vector(13, 0.0F).data(), Vector(13, 0.0F).data(), out);
          l2_norm_f32(Elementwise{p.output, p.output}, static_cast<const float*>(out),
                      Vector(13, 8.0F).data(), out);
        },
        [](const Map&, int32_t, int32_t, int32_t) { return 0.0F; });
    check_elementwise(
        "affine", s,
        [](E p, const float* in, float* out) {
          const float scale[13] = {1, -1, 2, 0, 3, 1, 1, 1, 1, 1, 1, 1, -2};
          const float offset[13] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6};
          affine_f32(ChannelAffine{p.input, p.output, Activation::relu, 6.0F}, in, scale, offset,
                     out);
        },
        [](const Map& m, int32_t y, int32_t x, int32_t c) {
          const float scale[13] = {1, -1, 2, 0, 3, 1, 1, 1, 1, 1, 1, 1, -2};
          const float offset[13] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6};
          return activated(Activation::relu, m.at(y, x, c) * scale[c] + offset[c], 6.0F);
        });
    check_elementwise(
        "softmax of large values", s,
        [](E p, const float* in, float* out) {
          affine_f32(ChannelAffine{p.input, p.output, Activation::linear, 0.0F}, in,
                     Vector(13, 0.0F).data(), Vector(13, 3e38F).data(), out);
          softmax_f32(Elementwise{p.output, p.output}, static_cast<const float*>(out), out);
        },
        [](const Map& m, int32_t, int32_t, int32_t) {
          return 1.0F / static_cast<float>(m.shape().channels);
        });
  }
}

void max_out_cases() {
  for (int32_t i = 0; i < cases / 2; ++i) {
    const Layout layout = random_int(0, 1) == 0 ? Layout::interleaved : Layout::planar;
    const Shape s = shape_of(random_int(1, 5), random_int(1, 7), random_int(2, 5), layout);
    Map in(s), out(planar(s.height, s.width, 2)), expected(out.shape());
    in.randomize();
    for (int32_t k = 0; k < s.height * s.width; ++k) {
      const int32_t y = k / s.width, x = k % s.width;
      expected.at(y, x, 0) = in.at(y, x, 0);
      for (int32_t c = 1; c < s.channels - 1; ++c) {
        expected.at(y, x, 0) = fmaxf(expected.at(y, x, 0), in.at(y, x, c));
      }
      expected.at(y, x, 1) = in.at(y, x, s.channels - 1);
    }
    max_out_f32(MaxOut{s, out.shape()}, static_cast<const float*>(in.data()), out.data());
    check_close("max_out", out, expected, 0.0F);
  }
}

void shape_cases() {
  for (int32_t i = 0; i < cases / 2; ++i) {
    const Shape s = random_shape(1);
    const Layout layout = random_int(0, 1) == 0 ? Layout::interleaved : Layout::planar;
    const Shape t = shape_of(s.height, s.width, random_int(1, 5), layout);
    Map a(s), b(shape_of(s, layout)), other(t);
    a.randomize();
    b.randomize();
    other.randomize();
    const Padding padding = random_padding(2);
    Map sum(planar(s.height, s.width, s.channels)), expected_sum(sum.shape());
    Map joined(planar(s.height, s.width, s.channels + t.channels)), expected_join(joined.shape());
    Map padded(planar(s.height + padding.top + padding.bottom,
                      s.width + padding.left + padding.right, s.channels));
    Map expected_padded(padded.shape());
    for (int32_t y = 0; y < padded.shape().height; ++y) {
      for (int32_t x = 0; x < padded.shape().width; ++x) {
        for (int32_t c = 0; c < s.channels; ++c) {
          const int32_t from_y = y - padding.top, from_x = x - padding.left;
          expected_padded.at(y, x, c) = a.holds(from_y, from_x) ? a.at(from_y, from_x, c) : 0.0F;
          if (!a.holds(y, x)) continue;
          const float value = a.at(y, x, c) + b.at(y, x, c);
          expected_sum.at(y, x, c) = activated(Activation::relu, value, 1.0F);
          expected_join.at(y, x, c) = a.at(y, x, c);
        }
        for (int32_t c = 0; c < t.channels && a.holds(y, x); ++c) {
          expected_join.at(y, x, s.channels + c) = other.at(y, x, c);
        }
      }
    }
    const float* from = a.data();
    const float* second = b.data();
    const Shape wide = planar(s.height, 2 * s.width, s.channels);
    Map beside(wide), expected_beside(wide);
    for (int32_t k = 0; k < wide.size(); ++k) {
      const int32_t c = k % s.channels, x = k / s.channels % wide.width;
      const int32_t y = k / s.channels / wide.width;
      expected_beside.at(y, x, c) = x < s.width ? a.at(y, x, c) : b.at(y, x - s.width, c);
    }
    concatenate_f32(Concatenate{s, wide, 0, 0}, from, beside.data());
    concatenate_f32(Concatenate{b.shape(), wide, s.width, 0}, second, beside.data());
    check_close("concatenate columns", beside, expected_beside, 0.0F);
    const Add add{s, b.shape(), sum.shape(), Activation::relu, 1.0F};
    add_f32(add, from, second, sum.data());
    check_close("add", sum, expected_sum, 0.0F);
    if (t.is_planar()) {
      add_f32(add, from, second, b.data());
      check_close("add in place", b, expected_sum, 0.0F);
    }
    concatenate_f32(Concatenate{s, joined.shape(), 0, 0}, from, joined.data());
    concatenate_f32(Concatenate{t, joined.shape(), 0, s.channels},
                    static_cast<const float*>(other.data()), joined.data());
    check_close("concatenate", joined, expected_join, 0.0F);
    zero_pad2d_f32(ZeroPad2D{s, padded.shape(), padding}, from, padded.data());
    check_close("zero_pad2d", padded, expected_padded, 0.0F);

    const Shape flat[3] = {shape_of(1, 1, s.size(), layout),
                           shape_of(s.channels, s.height, s.width, layout),
                           shape_of(s.width * s.channels, 1, s.height, layout)};
    for (const Shape& to : flat) {
      Map out(to), expected(to);
      for (int32_t k = 0; k < to.size(); ++k) expected.hwc(k) = a.hwc(k);
      reshape_f32(Reshape{s, to}, from, out.data());
      check_close("reshape", out, expected, 0.0F);
    }
  }
}

// Any kernel may be the first one and read pixels: the answer is that of the scaled floats.
void pixel_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s =
        shape_of(random_int(3, 10), random_int(3, 17), random_int(1, 3), Layout::interleaved);
    uint8_t pixels[10 * 17 * 3];
    Map scaled(s);
    for (int32_t k = 0; k < s.size(); ++k) {
      pixels[k] = static_cast<uint8_t>(random_int(0, 255));
      scaled.data()[k] = multiply_add(static_cast<float>(pixels[k]), 1.0F / 255.0F, -0.5F);
    }
    const Affine<uint8_t> raw{pixels, 1.0F / 255.0F, -0.5F};
    const float* image = scaled.data();
    const int32_t stride = random_int(1, 2);
    const Window w = window_of(3, 3, stride, stride);
    const Padding padding = random_padding(1);
    Vector weights(4 * 9 * 3), bias(4);
    weights.randomize();
    bias.randomize();
    const Conv2D p{s, slide(s, w, padding, 4), w, padding, Activation::relu, 6.0F};
    Map out(p.output), expected(p.output);
    conv2d_f32(p, image, weights.data(), bias.data(), expected.data());
    conv2d_f32(p, raw, weights.data(), bias.data(), out.data());
    check_close("conv2d of pixels", out, expected, tolerance);
    Vector packed(4 * 9 * 3);
    const int32_t taps = 9 * s.channels;
    for (int32_t k = 0; k < 4 * taps; ++k) {
      packed[conv3x3_index(4, taps, k / taps, k % taps)] = weights[k];
    }
    conv2d_3x3_f32(p, raw, packed.data(), bias.data(), out.data());
    check_close("conv2d_3x3 of pixels", out, expected, tolerance);
    const DepthwiseConv2D d{s,   slide(s, w, padding, s.channels), w, padding, Activation::relu,
                            6.0F};
    Map out_d(d.output), expected_d(d.output);
    depthwise_conv2d_f32(d, image, weights.data(), bias.data(), expected_d.data());
    depthwise_conv2d_3x3_f32(d, raw, weights.data(), bias.data(), out_d.data());
    check_close("depthwise_conv2d_3x3 of pixels", out_d, expected_d, tolerance);
    Map copy(planar(s.height, s.width, s.channels)), expected_copy(copy.shape());
    reshape_f32(Reshape{s, copy.shape()}, raw, copy.data());
    reshape_f32(Reshape{s, copy.shape()}, image, expected_copy.data());
    check_close("reshape of pixels", copy, expected_copy, tolerance);
  }
}

// A 3x3 convolution of pixels, and of interleaved floats, gives the bits of the same convolution of
// the scaled floats inside the net, whatever the stride, the segments and what is left of them. A
// compiler may round scaled pixels in another way where a multiply-add is no instruction.
void conv2d_3x3_pixel_cases() {
#if defined(__ARM_FEATURE_FMA)
  const bool fused = true;
#else
  const bool fused = false;
#endif
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Shape s =
        shape_of(random_int(1, 9), random_int(1, 110), random_int(1, 3), Layout::interleaved);
    const Window w = window_of(3, 3, random_int(1, 5), random_int(1, 4));
    const Padding padding = random_padding(4);
    if (!fits(s, w, padding)) continue;
    const float scale = 1.0F / 255.0F, offset = random_int(0, 1) == 0 ? 0.0F : -0.5F;
    uint8_t* const pixels = static_cast<uint8_t*>(malloc(static_cast<uint32_t>(s.size())));
    Map scaled(s), inside(planar(s.height, s.width, s.channels));
    for (int32_t k = 0; k < s.size(); ++k) {
      pixels[k] = static_cast<uint8_t>(random_int(0, 255));
      scaled[k] = multiply_add(static_cast<float>(pixels[k]), scale, offset);
      inside.hwc(k) = scaled[k];
    }
    const int32_t filters = random_int(1, 8);
    Vector weights(filters * 9 * s.channels), bias(filters);
    weights.randomize();
    bias.randomize();
    const float* const b = random_int(0, 3) == 0 ? nullptr : bias.data();
    Conv2D p{s, slide(s, w, padding, filters), w, padding, random_activation(), random_ceiling()};
    Map of_pixels(p.output), of_floats(p.output), expected(p.output);
    conv2d_3x3_f32(p, Affine<uint8_t>{pixels, scale, offset}, weights.data(), b, of_pixels.data());
    conv2d_3x3_f32(p, static_cast<const float*>(scaled.data()), weights.data(), b,
                   of_floats.data());
    p.input = inside.shape();
    conv2d_3x3_f32(p, static_cast<const float*>(inside.data()), weights.data(), b, expected.data());
    check_close("conv2d_3x3 of interleaved floats", of_floats, expected, 0.0F);
    check_close("conv2d_3x3 of scaled pixels", of_pixels, expected, fused ? 0.0F : tolerance);
    free(pixels);
  }
}

// `row(rows, y, out)` for each row, once from the whole map and once from a ring that holds no more
// rows than the window is high: the same bits.
template <typename Row>
void check_ring(const char* name, const Map& in, const Shape& output, const Window& w,
                const Padding& padding, Row row) {
  const Shape& input = in.shape();
  const int32_t capacity = min_i32(w.height, input.height);
  Vector ring(capacity * input.row_stride());
  const Rows<const float*> held = {ring.data(), input.row_stride(), capacity};
  Map whole(output), streamed(output);
  int32_t arrived = 0;
  for (int32_t y = 0; y < output.height; ++y) {
    const int32_t needed = min_i32(input.height, y * w.stride_y - padding.top + w.height);
    for (; arrived < needed; ++arrived) {
      memcpy(ring.data() + arrived % capacity * input.row_stride(),
             in.data() + arrived * input.row_stride(),
             sizeof(float) * static_cast<uint32_t>(input.row_stride()));
    }
    row(held, y, streamed.data() + y * output.row_stride());
    row(rows_of(input, in.data()), y, whole.data() + y * output.row_stride());
  }
  check_close(name, streamed, whole, 0.0F);
}

void ring_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape input = shape_of(random_shape(3), Layout::planar);
    Map in(input);
    in.randomize();
    const int32_t stride = random_int(1, 2);
    const Window w = window_of(3, 3, stride, stride);
    const Padding padding = random_padding(1);
    Vector weights(4 * 9 * 13), bias(13);
    weights.randomize();
    bias.randomize();
    const float* k = weights.data();
    const float* b = bias.data();
    const Shape four = slide(input, w, padding, 4), all = slide(input, w, padding, input.channels);
    const Conv2D conv{input, four, w, padding, Activation::relu, 1.0F};
    const DepthwiseConv2D depthwise{input, all, w, padding, Activation::relu, 1.0F};
    const Pool2D pool{input, all, w, padding};
    typedef const Rows<const float*>& Held;
    check_ring("conv2d ring", in, four, w, padding,
               [&](Held rows, int32_t y, float* out) { conv2d_f32_row(conv, rows, y, k, b, out); });
    check_ring("conv2d_3x3 ring", in, four, w, padding, [&](Held rows, int32_t y, float* out) {
      conv2d_3x3_f32_row(conv, rows, y, k, b, out);
    });
    check_ring("depthwise ring", in, all, w, padding, [&](Held rows, int32_t y, float* out) {
      depthwise_conv2d_f32_row(depthwise, rows, y, k, b, out);
    });
    check_ring("depthwise_3x3 ring", in, all, w, padding, [&](Held rows, int32_t y, float* out) {
      depthwise_conv2d_3x3_f32_row(depthwise, rows, y, k, b, out);
    });
    check_ring("max_pool2d ring", in, all, w, padding,
               [&](Held rows, int32_t y, float* out) { max_pool2d_f32_row(pool, rows, y, out); });
    check_ring("average_pool2d ring", in, all, w, padding, [&](Held rows, int32_t y, float* out) {
      average_pool2d_f32_row(pool, rows, y, out);
    });
  }
}

// `fold(rows, y)` for the first rows of a map, each alone in a ring of one row.
template <typename Fold>
void fold_rows(const Map& in, int32_t count, Fold fold) {
  const int32_t stride = in.shape().row_stride();
  for (int32_t y = 0; y < count; ++y) {
    Vector row(stride);
    memcpy(row.data(), in.data() + y * stride, sizeof(float) * static_cast<uint32_t>(stride));
    fold(Rows<const float*>{row.data(), stride, 1}, y);
  }
}

// Kernels that take rows one at a time give the bits of those that read a map.
void fold_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape input = random_shape(1);
    Map in(input);
    in.randomize();
    const float* from = in.data();
    const Dense p{input.size(), random_int(1, 13), random_activation(), random_ceiling()};
    Vector weights(p.weight_count()), bias(p.outputs), sums(p.outputs), all(p.outputs);
    weights.randomize();
    bias.randomize();
    const float* b = random_int(0, 1) == 0 ? nullptr : bias.data();
    typedef const Rows<const float*>& Held;
    dense_f32(p, from, weights.data(), b, all.data());
    fold_rows(in, input.height, [&](Held rows, int32_t y) {
      dense_f32_fold(p, rows, y, weights.data(), b, sums.data());
    });
    check_close("dense fold", sums, all, 0.0F);
    const int32_t height = random_int(1, input.height), width = random_int(1, input.width);
    const Window w = window_of(height, width, height, width);
    const Padding none = padding_of(0, 0, 0, 0);
    const Pool2D pool{input, slide(input, w, none, input.channels), w, none};
    const int32_t count = pool.output.height * height, next = pool.output.row_stride();
    Map whole(pool.output), folded(pool.output);
    max_pool2d_f32(pool, from, whole.data());
    fold_rows(in, count, [&](Held rows, int32_t y) {
      max_pool2d_f32_fold(pool, rows, y, folded.data() + y / height * next);
    });
    check_close("max_pool2d fold", folded, whole, 0.0F);
    average_pool2d_f32(pool, from, whole.data());
    fold_rows(in, count, [&](Held rows, int32_t y) {
      average_pool2d_f32_fold(pool, rows, y, folded.data() + y / height * next);
    });
    check_close("average_pool2d fold", folded, whole, 0.0F);
  }
}

void label_cases() {
  const float outputs[5] = {0.1F, 0.4F, 0.4F, -1.0F, 0.0F};
  check(label_of(outputs, 5) == 1, "label_of", "first of equals");
  check(label_of(outputs, 1) == 0, "label_of", "one output");
}

}  // namespace

int main() {
  conv2d_cases();
  conv2d_3x3_cases();
  pointwise_conv2d_cases();
  depthwise_conv2d_cases();
  dense_cases();
  pool_cases();
  elementwise_cases();
  max_out_cases();
  shape_cases();
  pixel_cases();
  conv2d_3x3_pixel_cases();
  ring_cases();
  fold_cases();
  label_cases();
  return finish();
}
