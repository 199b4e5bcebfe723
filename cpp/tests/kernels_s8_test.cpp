// Every int8 kernel against the plainest loop that can be written, on random shapes, to the bit.
#include "check_s8.h"

using namespace micronets;

namespace {

Shape random_shape() {
  const Layout layout = random_int(0, 2) == 0 ? Layout::interleaved : Layout::planar;
  return Shape{random_int(1, 9), random_int(1, 14), random_int(1, 9), layout};
}

Shape planar(int32_t height, int32_t width, int32_t channels) {
  return Shape{height, width, channels, Layout::planar};
}

Shape planar(const Shape& s) { return planar(s.height, s.width, s.channels); }

bool fits(const Shape& input, const Window& window, const Padding& padding) {
  return input.height + padding.top + padding.bottom >= window.height &&
         input.width + padding.left + padding.right >= window.width;
}

Shape slide(const Shape& input, const Window& w, const Padding& p, int32_t channels) {
  return planar(window_count(input.height, p.top, p.bottom, w.height, w.stride_y),
                window_count(input.width, p.left, p.right, w.width, w.stride_x), channels);
}

void requantize_cases() {
  const int32_t least = -2147483647 - 1, most = 2147483647;
  const OutputRange all = {-128, -128, 127};
  const struct {
    int32_t acc, multiplier, zero_point;
    int8_t code;
  } known[] = {
      {1, 1 << 30, 0, 0},      {2, 1 << 30, 0, 1},   {-2, 1 << 30, 0, 0},  // halves go up
      {-3, 1 << 30, 0, -1},    {-6, 1 << 30, 0, -1}, {6, 1 << 30, -5, -3}, {least, most, 127, -128},
      {most, most, -128, 127}, {least, 1, 0, 0},     {most, 1, 0, 0},
  };
  for (const auto& k : known) {
    check(requantize_s8(k.acc, k.multiplier, k.zero_point) == k.code, "requantize", "known");
  }
  for (int32_t i = 0; i < 20 * cases; ++i) {
    const int32_t acc = static_cast<int32_t>(random_bits()) >> random_int(0, 31);
    const int32_t multiplier = max_i32(1, static_cast<int32_t>(random_bits() >> random_int(1, 24)));
    const OutputRange range = random_range();
    check(requantize_s8(acc, multiplier, range) == requantized(acc, multiplier, range),
          "requantize", "clamped");
    check(requantize_s8(acc, multiplier, -128) == requantized(acc, multiplier, all), "requantize",
          "saturated");
  }
}

/// Weights, biases and multipliers of `channels` filters of `taps` weights.
struct Filters {
  Filters(int32_t channels, int32_t taps)
      : weights(channels * taps), bias(channels), multiplier(channels) {
    weights.randomize(-127, 127);
    bias.randomize(-300000, 300000);
    // Sums reach from a few codes to far beyond their range.
    multiplier.randomize(1 << 8, 1 << 21);
    for (int32_t i = 0; i < channels; ++i) multiplier[i] <<= random_int(0, 5);
  }

  Codes weights;
  Words bias;
  Words multiplier;
};

void conv2d_cases() {
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Window w{random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3)};
    const Padding padding{random_int(0, 5), random_int(0, 5), random_int(0, 5), random_int(0, 5)};
    const Shape in_shape = random_shape();
    if (!fits(in_shape, w, padding)) continue;
    const int32_t channels = in_shape.channels, filters = random_int(1, 6);
    const int32_t taps = w.height * w.width * channels;
    const Conv2DS8 p{
        in_shape,      slide(in_shape, w, padding, filters), w, padding, random_int(-128, 127),
        random_range()};
    const Filters f(filters, taps);
    const CodeMap in(in_shape);
    CodeMap out(p.output), expected(p.output);
    for (int32_t y = 0; y < p.output.height; ++y) {
      for (int32_t x = 0; x < p.output.width; ++x) {
        for (int32_t o = 0; o < filters; ++o) {
          int64_t sum = f.bias[o];
          for (int32_t t = 0; t < taps; ++t) {
            const int32_t from_y = y * w.stride_y - padding.top + t / channels / w.width;
            const int32_t from_x = x * w.stride_x - padding.left + t / channels % w.width;
            sum += f.weights[o * taps + t] *
                   in.padded(from_y, from_x, t % channels, p.input_zero_point);
          }
          expected.at(y, x, o) = requantized(sum, f.multiplier[o], p.range);
        }
      }
    }
    check(p.consistent(), "conv2d", "consistent");
    const int8_t* from = in.data();
    conv2d_s8(p, from, f.weights.data(), f.bias.data(), f.multiplier.data(), out.data());
    check_equal("conv2d", out, expected);
  }
}

void depthwise_conv2d_cases() {
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Window w{random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3)};
    const Padding padding{random_int(0, 5), random_int(0, 5), random_int(0, 5), random_int(0, 5)};
    const Shape in_shape = random_shape();
    if (!fits(in_shape, w, padding)) continue;
    const int32_t multiplier = random_int(1, 3), taps = w.height * w.width;
    const int32_t channels = in_shape.channels * multiplier;
    const DepthwiseConv2DS8 p{
        in_shape,      slide(in_shape, w, padding, channels), w, padding, random_int(-128, 127),
        random_range()};
    const Filters f(channels, taps);
    const CodeMap in(in_shape);
    CodeMap out(p.output), expected(p.output);
    for (int32_t y = 0; y < p.output.height; ++y) {
      for (int32_t x = 0; x < p.output.width; ++x) {
        for (int32_t o = 0; o < channels; ++o) {
          int64_t sum = f.bias[o];
          for (int32_t t = 0; t < taps; ++t) {
            sum += f.weights[o * taps + t] * in.padded(y * w.stride_y - padding.top + t / w.width,
                                                       x * w.stride_x - padding.left + t % w.width,
                                                       o / multiplier, p.input_zero_point);
          }
          expected.at(y, x, o) = requantized(sum, f.multiplier[o], p.range);
        }
      }
    }
    check(p.consistent(), "depthwise_conv2d", "consistent");
    const int8_t* from = in.data();
    depthwise_conv2d_s8(p, from, f.weights.data(), f.bias.data(), f.multiplier.data(), out.data());
    check_equal("depthwise_conv2d", out, expected);
  }
}

void dense_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const DenseS8 p{random_int(1, 70), random_int(1, 11), random_range()};
    const Filters f(p.outputs, p.inputs);
    const CodeMap in(planar(1, 1, p.inputs));
    CodeMap out(planar(1, 1, p.outputs)), expected(planar(1, 1, p.outputs));
    for (int32_t o = 0; o < p.outputs; ++o) {
      int64_t sum = f.bias[o];
      for (int32_t k = 0; k < p.inputs; ++k) sum += f.weights[o * p.inputs + k] * in[k];
      expected[o] = requantized(sum, f.multiplier[o], p.range);
    }
    const int8_t* from = in.data();
    dense_s8(p, from, f.weights.data(), f.bias.data(), f.multiplier.data(), out.data());
    check_equal("dense", out, expected);
  }
}

void pool_cases() {
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Window w{random_int(1, 5), random_int(1, 5), random_int(1, 3), random_int(1, 3)};
    const Padding padding{random_int(0, w.height - 1), random_int(0, w.width - 1),
                          random_int(0, w.height - 1), random_int(0, w.width - 1)};
    const Shape in_shape = random_shape();
    if (!fits(in_shape, w, padding)) continue;
    const Pool2D p{in_shape, slide(in_shape, w, padding, in_shape.channels), w, padding};
    const CodeMap in(in_shape);
    CodeMap out(p.output), most(p.output), mean(p.output);
    for (int32_t k = 0; k < p.output.size(); ++k) {
      const int32_t x = k % p.output.width, c = k / p.output.width % p.output.channels;
      const int32_t y = k / p.output.row_stride();
      int32_t sum = 0, count = 0;
      int8_t largest = -128;
      for (int32_t t = 0; t < w.height * w.width; ++t) {
        const int32_t from_y = y * w.stride_y - padding.top + t / w.width;
        const int32_t from_x = x * w.stride_x - padding.left + t % w.width;
        if (!in.holds(from_y, from_x)) continue;
        const int8_t code = in.at(from_y, from_x, c);
        largest = code > largest ? code : largest;
        sum += code;
        ++count;
      }
      // floor(sum / count + 1/2) by searching for it
      int32_t rounded = -128;
      while (2 * count * (rounded + 1) <= 2 * sum + count) ++rounded;
      most[k] = largest;
      mean[k] = static_cast<int8_t>(rounded);
    }
    const int8_t* from = in.data();
    max_pool2d_s8(p, from, out.data());
    check_equal("max_pool2d", out, most);
    average_pool2d_s8(p, from, out.data());
    check_equal("average_pool2d", out, mean);
  }
}

// Also in place, where the input is planar.
template <typename Kernel>
void check_elementwise(const char* name, CodeMap& in, const CodeMap& expected, Kernel kernel) {
  CodeMap out(expected.shape());
  kernel(in.data(), out.data());
  check_equal(name, out, expected);
  if (in.shape().layout != Layout::planar) return;
  kernel(in.data(), in.data());
  check_equal(name, in, expected);
}

int32_t share_of(int32_t power, int32_t total) { return (power * 256 + total / 2) / total; }

void elementwise_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = random_shape();
    CodeMap in(s), again(s), third(s), second(random_int(0, 1) == 0 ? s : planar(s));
    for (int32_t k = 0; k < s.size(); ++k) again[k] = third[k] = in[k];
    CodeMap looked_up(planar(s)), scaled(planar(s)), sum(planar(s));
    Codes table(256);
    table.randomize(-128, 127);
    const Filters f(s.channels, 1);
    const OutputRange range = random_range();
    const AddS8 add{s,
                    second.shape(),
                    planar(s),
                    random_int(-128, 127),
                    random_int(-128, 127),
                    random_int(0, 1 << 21),
                    random_int(0, 1 << 21),
                    random_int(1, 22),
                    range};
    for (int32_t y = 0; y < s.height; ++y) {
      for (int32_t x = 0; x < s.width; ++x) {
        for (int32_t c = 0; c < s.channels; ++c) {
          const int32_t code = in.at(y, x, c);
          looked_up.at(y, x, c) = table[code + 128];
          scaled.at(y, x, c) = requantized(f.bias[c] + code * f.weights[c], f.multiplier[c], range);
          const int64_t total =
              static_cast<int64_t>(code - add.first_zero_point) * add.first_multiplier +
              static_cast<int64_t>(second.at(y, x, c) - add.second_zero_point) *
                  add.second_multiplier;
          sum.at(y, x, c) = requantized(total, INT64_C(1) << (32 - add.shift), range);
        }
      }
    }
    check_elementwise("lookup", in, looked_up, [&](const int8_t* from, int8_t* to) {
      lookup_s8(Elementwise{s, planar(s)}, from, table.data(), to);
    });
    check_elementwise("affine", again, scaled, [&](const int8_t* from, int8_t* to) {
      affine_s8(ChannelAffineS8{s, planar(s), range}, from, f.weights.data(), f.bias.data(),
                f.multiplier.data(), to);
    });
    const int8_t* other = second.data();
    check_elementwise("add", third, sum,
                      [&](const int8_t* from, int8_t* to) { add_s8(add, from, other, to); });
  }
}

void softmax_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = random_shape();
    CodeMap in(s), expected(planar(s));
    const int32_t count = random_int(1, 256);
    Array<uint16_t> powers(count);
    powers.randomize(0, 65535);
    powers[0] = 65535;
    for (int32_t k = 0; k < s.height * s.width; ++k) {
      const int32_t y = k / s.width, x = k % s.width;
      int32_t most = -128, total = 0;
      for (int32_t c = 0; c < s.channels; ++c) most = max_i32(most, in.at(y, x, c));
      const auto power = [&](int32_t c) -> int32_t {
        const int32_t distance = most - in.at(y, x, c);
        return distance < count ? powers[distance] : 0;
      };
      for (int32_t c = 0; c < s.channels; ++c) total += power(c);
      for (int32_t c = 0; c < s.channels; ++c) {
        expected.at(y, x, c) = static_cast<int8_t>(min_i32(share_of(power(c), total) - 128, 127));
      }
    }
    check_elementwise("softmax", in, expected, [&](const int8_t* from, int8_t* to) {
      softmax_s8(SoftmaxS8{s, planar(s), count}, from, powers.data(), to);
    });
  }
}

void shape_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = random_shape();
    const CodeMap in(s);
    const int8_t* from = in.data();
    const Padding frame{random_int(0, 2), random_int(0, 2), random_int(0, 2), random_int(0, 2)};
    const ZeroPad2DS8 pad{
        s,
        planar(s.height + frame.top + frame.bottom, s.width + frame.left + frame.right, s.channels),
        frame, random_int(-128, 127)};
    CodeMap framed(pad.output), framed_expected(pad.output);
    const int32_t first = random_int(0, 3);
    const Concatenate concatenate{
        s, planar(s.height, s.width, first + s.channels + random_int(0, 3)), first};
    CodeMap joined(concatenate.output), joined_expected(concatenate.output);
    Codes table(256);
    table.randomize(-128, 127);
    const Shape turned = {s.width, s.channels, s.height,
                          random_int(0, 1) == 0 ? Layout::planar : Layout::interleaved};
    CodeMap reshaped(turned), reshaped_expected(turned);
    for (int32_t k = 0; k < joined.count(); ++k) joined_expected[k] = joined[k];
    for (int32_t c = 0; c < s.channels; ++c) {
      for (int32_t y = 0; y < pad.output.height; ++y) {
        for (int32_t x = 0; x < pad.output.width; ++x) {
          framed_expected.at(y, x, c) =
              static_cast<int8_t>(in.padded(y - frame.top, x - frame.left, c, pad.zero_point));
        }
      }
      for (int32_t k = 0; k < s.height * s.width; ++k) {
        const int32_t y = k / s.width, x = k % s.width;
        const int8_t code = in.at(y, x, c);
        joined_expected.at(y, x, first + c) = table[code + 128];
        const int32_t place = (y * s.width + x) * s.channels + c;
        reshaped_expected.at(place / turned.row_stride(),
                             place % turned.row_stride() / turned.channels,
                             place % turned.channels) = code;
      }
    }
    zero_pad2d_s8(pad, from, framed.data());
    check_equal("zero_pad2d", framed, framed_expected);
    concatenate_s8(concatenate, from, table.data(), joined.data());
    check_equal("concatenate", joined, joined_expected);
    reshape_s8(Reshape{s, turned}, from, reshaped.data());
    check_equal("reshape", reshaped, reshaped_expected);
  }
}

// Reading bytes or floats of an image is the same as reading their codes, also from a ring of rows.
void input_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = {random_int(3, 9), random_int(3, 12), random_int(1, 3), Layout::interleaved};
    const Window w{3, 3, random_int(1, 2), random_int(1, 2)};
    const Padding padding{random_int(0, 1), random_int(0, 1), random_int(0, 1), random_int(0, 1)};
    const int32_t taps = 9 * s.channels;
    const Conv2DS8 p{s, slide(s, w, padding, 4), w, padding, random_int(-128, 127), random_range()};
    const Filters f(4, taps);
    const CodeMap in(s);
    Array<uint8_t> pixels(s.size());
    Array<float> reals(s.size());
    for (int32_t k = 0; k < s.size(); ++k) {
      pixels[k] = static_cast<uint8_t>(in[k] + 128);
      reals[k] = static_cast<float>(pixels[k]) * 0.0625F - 3.0F;
    }
    CodeMap out(p.output), expected(p.output);
    const int8_t* from = in.data();
    const QuantizedFloats floats = {reals.data(), 16.0F, 48.25F};
    conv2d_s8(p, from, f.weights.data(), f.bias.data(), f.multiplier.data(), expected.data());
    conv2d_s8(p, Pixels{pixels.data()}, f.weights.data(), f.bias.data(), f.multiplier.data(),
              out.data());
    check_equal("conv2d of pixels", out, expected);
    conv2d_s8(p, floats, f.weights.data(), f.bias.data(), f.multiplier.data(), out.data());
    check_equal("conv2d of floats", out, expected);
    const int32_t capacity = 4;
    Codes ring(capacity * s.row_stride());
    int32_t filled = 0;
    for (int32_t y = 0; y < p.output.height; ++y) {
      const int32_t needed = min_i32(s.height, y * w.stride_y - padding.top + 3);
      for (; filled < needed; ++filled) {
        for (int32_t k = 0; k < s.row_stride(); ++k) {
          ring[filled % capacity * s.row_stride() + k] = in[filled * s.row_stride() + k];
        }
      }
      const Rows<const int8_t*> rows = {ring.data(), s.row_stride(), capacity};
      conv2d_s8_row(p, rows, y, f.weights.data(), f.bias.data(), f.multiplier.data(),
                    out.data() + y * p.output.row_stride());
    }
    check_equal("conv2d of a ring", out, expected);
  }
}

void float_input_cases() {
  const float below_half = 0.49999997F;  // plus 1/2 it is 1 in float32, but 0 when rounded down
  const float values[] = {0.0F,  below_half, 0.5F,   254.49F,  254.5F,    255.0F,
                          1e30F, -0.25F,     -1e30F, INFINITY, -INFINITY, NAN};
  const int16_t codes[] = {-128, -128, -127, 126, 127, 127, 127, -128, -128, 127, -128, -128};
  const QuantizedFloats floats = {values, 1.0F, 0.0F};
  for (int32_t i = 0; i < 12; ++i) check(floats[i] == codes[i], "QuantizedFloats", "code");
  // 1 + 2^-11 + 2^-24 loses its last bit when it is rounded; with it the sum would be 1/2.
  const float factor = 1.0F + 1.0F / 4096.0F;
  const float offset = -0.5F - 1.0F / 2048.0F - 1.0F / 16777216.0F;
  const QuantizedFloats product = {&factor, factor, offset};
  check(product[0] == -128, "QuantizedFloats", "two roundings");
}

}  // namespace

int main() {
  requantize_cases();
  conv2d_cases();
  depthwise_conv2d_cases();
  dense_cases();
  pool_cases();
  elementwise_cases();
  softmax_cases();
  shape_cases();
  input_cases();
  float_input_cases();
  return finish();
}
