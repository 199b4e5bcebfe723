// Every int8 kernel against the plainest loop that can be written, on random shapes, to the bit.
#include "check_s8.h"

using namespace micronets;

namespace {

Shape random_shape() {
  const Layout layout = random_int(0, 2) == 0 ? Layout::interleaved : Layout::planar;
  return shape_of(random_int(1, 9), random_int(1, 14), random_int(1, 9), layout);
}

/// As `random_shape`, or with padding: what convolutions and pools read.
Shape random_source() {
  const Shape s = random_shape();
  return s.is_planar() && random_int(0, 1) == 0 ? shape_of(s, Layout::padded) : s;
}

Shape planar(int32_t height, int32_t width, int32_t channels) {
  return shape_of(height, width, channels, Layout::planar);
}

Shape planar(const Shape& s) { return shape_of(s, Layout::planar); }

/// What a convolution writes.
Shape random_target(const Shape& s) {
  return random_int(0, 1) == 0 ? s : shape_of(s, Layout::padded);
}

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

/// Where the weight of row y and column x of the window and of channel c lies: runs of values that
/// are neighbours in memory and in the window, each with a zero where it is odd; pairs of filters.
int32_t packed_index(const Shape& in, const Window& w, int32_t filters, int32_t filter,
                     int32_t tap) {
  const int32_t channels = in.channels;
  const bool rows = channels == 1 || in.next_channel < in.width;
  const int32_t length = rows ? w.width * channels : channels;
  const int32_t even = length + length % 2;
  const int32_t taps = even * w.height * (rows ? 1 : w.width);
  const int32_t place = tap / length * even + tap % length;
  if (filter == filters - 1 && filters % 2 == 1) return filter * taps + place;
  return filter / 2 * 2 * taps + 2 * place + filter % 2;
}

/// The weights `[filter][window y][window x][channel]` as `conv2d_s8` reads them.
void pack(const Shape& in, const Window& w, const Codes& weights, int32_t filters, Codes& packed) {
  const int32_t taps = w.height * w.width * in.channels;
  packed.randomize(0, 0);
  for (int32_t i = 0; i < weights.count(); ++i) {
    packed[packed_index(in, w, filters, i / taps, i % taps)] = weights[i];
  }
}

/// Exactly what a filter of `taps` weights needs, zeros included.
struct Scratch : public Words {
  explicit Scratch(int32_t taps) : Words(2 * taps) { randomize(-1000, 1000); }
};

/// The convolution, by its definition. `weights`: [filter][window y][window x][channel].
void convolve(const CodeMap& in, const Window& w, const Padding& padding, int32_t zero_point,
              const Filters& f, const OutputRange& range, CodeMap& expected) {
  const Shape& to = expected.shape();
  const int32_t channels = in.shape().channels, taps = w.height * w.width * channels;
  for (int32_t y = 0; y < to.height; ++y) {
    for (int32_t x = 0; x < to.width; ++x) {
      for (int32_t o = 0; o < to.channels; ++o) {
        int64_t sum = f.bias[o];
        for (int32_t t = 0; t < taps; ++t) {
          const int32_t from_y = y * w.stride_y - padding.top + t / channels / w.width;
          const int32_t from_x = x * w.stride_x - padding.left + t / channels % w.width;
          sum += f.weights[o * taps + t] * in.padded(from_y, from_x, t % channels, zero_point);
        }
        expected.at(y, x, o) = requantized(sum, f.multiplier[o], range);
      }
    }
  }
  expected.pad(range.zero_point);
}

void conv2d_cases() {
  for (int32_t i = 0; i < 3 * cases; ++i) {
    const Window w =
        window_of(random_int(1, 5), random_int(1, 5), random_int(1, 3), random_int(1, 3));
    const Padding padding = random_padding(5);
    const Shape in_shape = random_source();
    if (!fits(in_shape, w, padding)) continue;
    const int32_t filters = random_int(1, 6);
    const Filters f(filters, w.height * w.width * in_shape.channels);
    Conv2DS8 p{in_shape,
               random_target(slide(in_shape, w, padding, filters)),
               w,
               padding,
               random_code(),
               random_range(),
               random_unrolled(),
               nullptr,
               f.bias.data(),
               f.multiplier.data()};
    Codes packed(p.weight_count());
    pack(in_shape, w, f.weights, filters, packed);
    p.weights = packed.data();
    const CodeMap in(in_shape);
    CodeMap out(p.output), expected(p.output);
    convolve(in, w, padding, p.input_zero_point, f, p.range, expected);
    check(p.consistent(), "conv2d", "consistent");
    Scratch scratch(p.filter_taps());
    conv2d_s8(p, in.data(), out.data(), scratch.data());
    check_equal("conv2d", out, expected);
  }
}

void pointwise_conv2d_cases() {
  for (int32_t i = 0; i < 3 * cases; ++i) {
    const Shape s = planar(random_shape());
    const Shape in_shape = random_target(s);
    const int32_t filters = random_int(1, 6);
    const Window w = window_of(1, 1, 1, 1);
    const Filters f(filters, s.channels);
    PointwiseConv2DS8 p{in_shape,
                        random_target(planar(s.height, s.width, filters)),
                        random_range(),
                        random_unrolled(),
                        nullptr,
                        f.bias.data(),
                        f.multiplier.data()};
    Codes packed(p.weight_count());
    pack(in_shape, w, f.weights, filters, packed);
    p.weights = packed.data();
    const CodeMap in(in_shape);
    CodeMap out(p.output), rows(p.output), expected(p.output);
    convolve(in, w, padding_of(0, 0, 0, 0), 0, f, p.range, expected);
    check(p.consistent(), "pointwise_conv2d", "consistent");
    Scratch scratch(even_s8(s.channels));
    pointwise_conv2d_s8(p, in.data(), out.data(), scratch.data());
    check_equal("pointwise_conv2d", out, expected);
    for (int32_t y = 0; y < s.height; ++y) {
      pointwise_conv2d_s8_row(p, rows_of(in_shape, in.data()), y,
                              rows.data() + y * p.output.row_stride(), scratch.data());
    }
    check_equal("pointwise_conv2d by rows", rows, expected);
  }
}

/// `row(rows, y, output)` for each row, from a ring that holds no more rows than the window is
/// high.
template <typename Row>
void check_ring(const char* name, const CodeMap& in, const Window& w, const Padding& padding,
                const CodeMap& expected, Row row) {
  const Shape& s = in.shape();
  const int32_t capacity = min_i32(w.height, s.height);
  CodeMap ring(Shape{size_of(capacity), s.width, s.channels, s.next_channel});
  CodeMap out(expected.shape());
  if (in.data() != in.begin()) ring.data()[-1] = in.data()[-1];
  const Rows<const int8_t*> rows = {ring.data(), s.row_stride(), capacity};
  int32_t filled = 0;
  for (int32_t y = 0; y < out.shape().height; ++y) {
    const int32_t needed = min_i32(s.height, y * w.stride_y - padding.top + w.height);
    for (; filled < needed; ++filled) {
      memcpy(ring.data() + filled % capacity * s.row_stride(), in.data() + filled * s.row_stride(),
             static_cast<uint32_t>(s.row_stride()));
    }
    row(rows, y, out.data() + y * out.shape().row_stride());
  }
  check_equal(name, out, expected);
}

void check_depthwise_conv2d(const Shape& in_shape, const Window& w, const Padding& padding,
                            int32_t multiplier) {
  if (!fits(in_shape, w, padding)) return;
  const int32_t taps = w.height * w.width, channels = in_shape.channels * multiplier;
  const Filters f(channels, taps);
  const DepthwiseConv2DS8 p{in_shape,
                            random_target(slide(in_shape, w, padding, channels)),
                            w,
                            padding,
                            random_code(),
                            random_range(),
                            f.weights.data(),
                            f.bias.data(),
                            f.multiplier.data()};
  CodeMap in(in_shape);
  in.pad(p.input_zero_point);
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
  expected.pad(p.range.zero_point);
  check(p.consistent(), "depthwise_conv2d", "consistent");
  const int8_t* from = in.data();
  depthwise_conv2d_s8(p, from, out.data());
  check_equal("depthwise_conv2d", out, expected);
  check_ring("depthwise_conv2d of a ring", in, w, padding, expected,
             [&](const Rows<const int8_t*>& rows, int32_t y, int8_t* to) {
               depthwise_conv2d_s8_row(p, rows, y, to);
             });
}

void depthwise_conv2d_cases() {
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Window w =
        window_of(random_int(1, 4), random_int(1, 4), random_int(1, 3), random_int(1, 3));
    check_depthwise_conv2d(random_source(), w, random_padding(5), random_int(1, 3));
  }
  for (int32_t i = 0; i < 4 * cases; ++i) {  // what tiles compute
    const Window w = window_of(3, 3, random_int(1, 3), random_int(1, 2));
    const Padding sides = random_padding(1), ends = random_padding(4);
    const Padding padding = padding_of(ends.top, sides.left, ends.bottom, sides.right);
    check_depthwise_conv2d(random_target(planar(random_shape())), w, padding, 1);
  }
}

void dense_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const int32_t inputs = random_int(1, 70), outputs = random_int(1, 11);
    const int32_t row = (inputs + 3) / 4 * 4;
    const Filters f(outputs, row);
    Codes weights(outputs * row);
    const DenseS8 p{inputs,         size_of(outputs), random_range(),
                    weights.data(), f.bias.data(),    f.multiplier.data()};
    const CodeMap in(planar(1, 1, inputs));
    CodeMap out(planar(1, 1, outputs)), expected(planar(1, 1, outputs));
    for (int32_t o = 0; o < outputs; ++o) {
      int64_t sum = f.bias[o];
      for (int32_t k = 0; k < row; ++k) {
        weights[o * row + k] = k < inputs ? f.weights[o * row + k] : static_cast<int8_t>(0);
        if (k < inputs) sum += weights[o * row + k] * in[k];
      }
      expected[o] = requantized(sum, f.multiplier[o], p.range);
    }
    check(p.consistent() && p.weight_count() == weights.count(), "dense", "consistent");
    const int8_t* from = in.data();
    dense_s8(p, from, out.data());
    check_equal("dense", out, expected);
  }
}

void pool_cases() {
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Window w =
        window_of(random_int(1, 5), random_int(1, 5), random_int(1, 3), random_int(1, 3));
    const Padding padding = padding_of(random_int(0, w.height - 1), random_int(0, w.width - 1),
                                       random_int(0, w.height - 1), random_int(0, w.width - 1));
    const Shape in_shape = random_source();
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

// `fold(rows, y)` for the first rows of a map, each alone in a ring of one row.
template <typename Fold>
void fold_rows(const CodeMap& in, int32_t count, Fold fold) {
  const Shape& s = in.shape();
  for (int32_t y = 0; y < count; ++y) {
    CodeMap row(Shape{1, s.width, s.channels, s.next_channel});
    memcpy(row.data(), in.data() + y * s.row_stride(), static_cast<uint32_t>(s.row_stride()));
    fold(Rows<const int8_t*>{row.data(), s.row_stride(), 1}, y);
  }
}

// Kernels that take rows one at a time give the codes of those that read a map.
void fold_cases() {
  typedef const Rows<const int8_t*>& Held;
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Layout layout = random_int(0, 2) == 0 ? Layout::interleaved : Layout::planar;
    const Shape s = shape_of(random_int(1, 20), random_int(1, 20), random_int(1, 5), layout);
    const CodeMap in(s);
    const int8_t* const from = in.data();
    const int32_t outputs = random_int(1, 11), row = (s.size() + 3) / 4 * 4;
    const Filters f(outputs, row);
    Codes weights(outputs * row);
    for (int32_t k = 0; k < outputs * row; ++k) {
      weights[k] = k % row < s.size() ? f.weights[k] : static_cast<int8_t>(0);
    }
    const DenseS8 p{s.size(),       size_of(outputs), random_range(),
                    weights.data(), f.bias.data(),    f.multiplier.data()};
    CodeMap all(planar(1, 1, outputs)), last(planar(1, 1, outputs));
    Array<int32_t> sums(outputs);
    dense_s8(p, from, all.data());
    fold_rows(in, s.height,
              [&](Held rows, int32_t y) { dense_s8_fold(p, rows, y, last.data(), sums.data()); });
    check_equal("dense fold", last, all);
    const bool covers = random_int(0, 2) == 0;
    const int32_t height = covers ? s.height : random_int(1, s.height);
    const int32_t width = covers ? s.width : random_int(1, s.width);
    const Window w = window_of(height, width, height, width);
    const Padding none = padding_of(0, 0, 0, 0);
    const Pool2D pool{s, slide(s, w, none, s.channels), w, none};
    const int32_t count = pool.output.height * height, next = pool.output.row_stride();
    CodeMap whole(pool.output), folded(pool.output);
    max_pool2d_s8(pool, from, whole.data());
    fold_rows(in, count, [&](Held rows, int32_t y) {
      max_pool2d_s8_fold(pool, rows, y, folded.data() + y / height * next);
    });
    check_equal("max_pool2d fold", folded, whole);
    Array<int32_t> levels(next);
    average_pool2d_s8(pool, from, whole.data());
    fold_rows(in, count, [&](Held rows, int32_t y) {
      average_pool2d_s8_fold(pool, rows, y, folded.data() + y / height * next, levels.data());
    });
    check_equal("average_pool2d fold", folded, whole);
  }
}

// Sums of 16 bits hold the highest codes of as many places as the kernel says, and not many more.
void fold_limit_cases() {
  const int8_t code = 127;
  for (int32_t height = 256; height < 262; ++height) {
    const Shape s = planar(height, 1, 1);
    const Pool2D pool{s, planar(1, 1, 1), window_of(height, 1, 1, 1), padding_of(0, 0, 0, 0)};
    int8_t mean = 0;
    int32_t sum = 0;
    for (int32_t y = 0; y < height; ++y) {
      average_pool2d_s8_fold(pool, Rows<const int8_t*>{&code, 1, 1}, y, &mean, &sum);
    }
    check(mean == code, "average_pool2d fold", "highest codes");
  }
}

// Also in place, where the input is planar.
template <typename Kernel>
void check_elementwise(const char* name, CodeMap& in, const CodeMap& expected, Kernel kernel) {
  CodeMap out(expected.shape());
  kernel(in.data(), out.data());
  check_equal(name, out, expected);
  if (!in.shape().is_planar()) return;
  kernel(in.data(), in.data());
  check_equal(name, in, expected);
}

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
      affine_s8(ChannelAffineS8{s, planar(s), range, f.weights.data(), f.bias.data(),
                                f.multiplier.data()},
                from, to);
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
    Array<uint16_t> powers(32);
    powers.randomize(0, 65535);
    powers[0] = powers[16] = 65535;
    for (int32_t k = 0; k < s.height * s.width; ++k) {
      const int32_t y = k / s.width, x = k % s.width;
      int32_t most = -128;
      for (int32_t c = 0; c < s.channels; ++c) most = max_i32(most, in.at(y, x, c));
      const auto power = [&](int32_t c) -> int64_t {
        const int32_t distance = most - in.at(y, x, c);
        const int64_t product = int64_t{powers[distance / 16]} * powers[16 + distance % 16];
        return (product + 32768) / 65536;
      };
      int64_t total = 0;
      for (int32_t c = 0; c < s.channels; ++c) total += power(c);
      for (int32_t c = 0; c < s.channels; ++c) {
        const int64_t share = (power(c) * 256 + total / 2) / total;
        expected.at(y, x, c) = static_cast<int8_t>(share > 255 ? 127 : share - 128);
      }
    }
    check_elementwise("softmax", in, expected, [&](const int8_t* from, int8_t* to) {
      softmax_s8(SoftmaxS8{s, planar(s), powers.data()}, from, to);
    });
  }
}

// Newton's steps in 64 bits, as docs/numerics.md has them.
int64_t root_of(int64_t square, int32_t bits) {
  if (square == 0) return 0;
  int32_t half = 0;
  for (; square < INT64_C(1) << 30; ++half) square *= 4;
  const int64_t m = square / 65536;
  int64_t root = 34942 - m * 19967 / 65536, next = 0;
  for (int32_t step = 0; step < 3; ++step) {
    next = root * (((INT64_C(3) << 30) - m * (root * root / 16384)) / 65536);
    root = next / 32768;
  }
  return (next / (INT64_C(1) << (44 - bits - half)) + 1) / 2;
}

void inverse_root_cases() {
  for (int32_t i = 0; i < 50 * cases; ++i) {
    const int32_t square = random_int(0, (1 << 24) - 1) * 128 >> random_int(0, 30);
    const int32_t bits = random_int(16, 29), root = inverse_root(square, bits);
    check(root == root_of(square, bits), "inverse_root", "rule");
    if (square == 0) continue;
    const double exact = static_cast<double>(1 << bits) / sqrt(static_cast<double>(square));
    check(fabs(root - exact) <= 0.5 + exact / 14000, "inverse_root", "accuracy");
  }
}

void l2_norm_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = random_shape();
    CodeMap in(s), expected(planar(s));
    Array<int32_t> multiplier(s.channels);
    multiplier.randomize(1 - (1 << 23), (1 << 23) - 1);
    for (int32_t c = 0; c < s.channels; ++c) multiplier[c] *= 1 << random_int(0, 8);
    const int32_t zero = random_code(), bits = random_int(16, 29);
    const OutputRange range = {static_cast<int8_t>(random_code()), -128, 127};
    for (int32_t k = 0; k < s.height * s.width; ++k) {
      const int32_t y = k / s.width, x = k % s.width;
      // Some positions are all zeros.
      const bool nothing = random_int(0, 4) == 0;
      int64_t squares = 0;
      for (int32_t c = 0; c < s.channels; ++c) {
        if (nothing) in.at(y, x, c) = static_cast<int8_t>(zero);
        const int64_t value = in.at(y, x, c) - zero;
        squares += value * value;
      }
      const int64_t root = root_of(squares, bits);
      for (int32_t c = 0; c < s.channels; ++c) {
        expected.at(y, x, c) = requantized((in.at(y, x, c) - zero) * root, multiplier[c], range);
      }
    }
    check_elementwise("l2_norm", in, expected, [&](const int8_t* from, int8_t* to) {
      l2_norm_s8(L2NormS8{s, planar(s), zero, range.zero_point, bits, multiplier.data()}, from, to);
    });
  }
}

void max_out_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape drawn = random_shape();
    const Shape s = shape_of(drawn.height, drawn.width, drawn.channels + 1,
                             random_int(0, 1) == 0 ? Layout::planar : Layout::interleaved);
    const CodeMap in(s);
    CodeMap out(planar(s.height, s.width, 2)), expected(planar(s.height, s.width, 2));
    for (int32_t k = 0; k < s.height * s.width; ++k) {
      const int32_t y = k / s.width, x = k % s.width;
      int32_t most = -128;
      for (int32_t c = 0; c < s.channels - 1; ++c) most = max_i32(most, in.at(y, x, c));
      expected.at(y, x, 0) = static_cast<int8_t>(most);
      expected.at(y, x, 1) = in.at(y, x, s.channels - 1);
    }
    max_out_s8(MaxOut{s, planar(s.height, s.width, 2)}, in.data(), out.data());
    check_equal("max_out", out, expected);
  }
}

void shape_cases() {
  for (int32_t i = 0; i < cases; ++i) {
    const Shape s = random_shape();
    const CodeMap in(s);
    const int8_t* from = in.data();
    const Padding frame = random_padding(2);
    const ZeroPad2DS8 pad{
        s,
        planar(s.height + frame.top + frame.bottom, s.width + frame.left + frame.right, s.channels),
        frame, random_int(-128, 127)};
    CodeMap framed(pad.output), framed_expected(pad.output);
    const int32_t column = random_int(0, 2), first = random_int(0, 3);
    const Concatenate concatenate{s,
                                  planar(s.height, column + s.width + random_int(0, 2),
                                         first + s.channels + random_int(0, 3)),
                                  column, first};
    CodeMap joined(concatenate.output), joined_expected(concatenate.output);
    Codes table(256);
    table.randomize(-128, 127);
    const Shape turned = shape_of(s.width, s.channels, s.height,
                                  random_int(0, 1) == 0 ? Layout::planar : Layout::interleaved);
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
        joined_expected.at(y, column + x, first + c) = table[code + 128];
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
  for (int32_t i = 0; i < 2 * cases; ++i) {
    const Shape s =
        shape_of(random_int(3, 9), random_int(3, 12), random_int(1, 3), Layout::interleaved);
    const int32_t side = random_int(2, 3), filters = random_int(1, 5);
    const Window w = window_of(side, side, random_int(1, 3), random_int(1, 3));
    const Padding padding = random_padding(random_int(0, 1));
    const Filters f(filters, side * side * s.channels);
    Conv2DS8 p{s,
               random_target(slide(s, w, padding, filters)),
               w,
               padding,
               random_code(),
               random_range(),
               random_unrolled(),
               nullptr,
               f.bias.data(),
               f.multiplier.data()};
    Codes packed(p.weight_count());
    pack(s, w, f.weights, filters, packed);
    p.weights = packed.data();
    const CodeMap in(s);
    Array<uint8_t> pixels(s.size());
    Array<float> reals(s.size());
    for (int32_t k = 0; k < s.size(); ++k) {
      pixels[k] = static_cast<uint8_t>(in[k] + 128);
      reals[k] = static_cast<float>(pixels[k]) * 0.0625F - 3.0F;
    }
    CodeMap of_codes(p.output), of_pixels(p.output), of_floats(p.output), expected(p.output);
    convolve(in, w, padding, p.input_zero_point, f, p.range, expected);
    Scratch scratch(p.filter_taps());
    conv2d_s8(p, in.data(), of_codes.data(), scratch.data());
    check_equal("conv2d of codes", of_codes, expected);
    conv2d_s8(p, Pixels{pixels.data()}, of_pixels.data(), scratch.data());
    check_equal("conv2d of pixels", of_pixels, expected);
    conv2d_s8(p, QuantizedFloats{reals.data(), 16.0F, 48.25F}, of_floats.data(), scratch.data());
    check_equal("conv2d of floats", of_floats, expected);
    check_ring("conv2d of a ring", in, w, padding, expected,
               [&](const Rows<const int8_t*>& rows, int32_t y, int8_t* to) {
                 conv2d_s8_row(p, rows, y, to, scratch.data());
               });
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
  pointwise_conv2d_cases();
  depthwise_conv2d_cases();
  dense_cases();
  pool_cases();
  fold_cases();
  fold_limit_cases();
  elementwise_cases();
  softmax_cases();
  inverse_root_cases();
  l2_norm_cases();
  max_out_cases();
  shape_cases();
  input_cases();
  float_input_cases();
  return finish();
}
