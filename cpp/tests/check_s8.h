// Maps of codes, random quantizations and comparisons for the tests of the int8 kernels.
#ifndef MICRONETS_TESTS_CHECK_S8_H_
#define MICRONETS_TESTS_CHECK_S8_H_

#include "check.h"

/// Exact-size heap memory, so that the address sanitizer sees one value too many.
template <typename Value>
class Array {
 public:
  explicit Array(int32_t count)
      : count_(count),
        values_(static_cast<Value*>(malloc(sizeof(Value) * static_cast<uint32_t>(count)))) {}
  ~Array() { free(values_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  /// Numbers from `least` to `most`, both included.
  void randomize(int32_t least, int32_t most) {
    for (int32_t i = 0; i < count_; ++i) values_[i] = static_cast<Value>(random_int(least, most));
  }
  int32_t count() const { return count_; }
  Value* data() { return values_; }
  const Value* data() const { return values_; }
  Value& operator[](int32_t i) { return values_[i]; }
  const Value& operator[](int32_t i) const { return values_[i]; }

 private:
  int32_t count_;
  Value* values_;
};

typedef Array<int8_t> Codes;
typedef Array<int32_t> Words;

/// What kernels with assembly may read behind a map; nothing may be written there. Elsewhere there
/// is no such room, so that the address sanitizer sees every value too many.
#if MICRONETS_DSP
const int32_t room_behind = 24;
#else
const int32_t room_behind = 0;
#endif

/// A map of codes, all of them random, those of its padding, too.
class CodeMap : public Codes {
 public:
  explicit CodeMap(const micronets::Shape& shape)
      : Codes(lead(shape) + shape.extent() + room_behind), shape_(shape) {
    randomize(-128, 127);
    for (int32_t i = count() - room_behind; i < count(); ++i) (*this)[i] = 85;
  }
  const micronets::Shape& shape() const { return shape_; }
  /// Its first value; padding may lie before that.
  int8_t* data() { return Codes::data() + lead(shape_); }
  const int8_t* data() const { return Codes::data() + lead(shape_); }
  /// Where its memory begins.
  const int8_t* begin() const { return Codes::data(); }
  bool holds(int32_t y, int32_t x) const {
    return y >= 0 && y < shape_.height && x >= 0 && x < shape_.width;
  }
  int8_t& at(int32_t y, int32_t x, int32_t c) { return data()[index_of(shape_, y, x, c)]; }
  const int8_t& at(int32_t y, int32_t x, int32_t c) const {
    return data()[index_of(shape_, y, x, c)];
  }
  /// What a window finds there.
  int32_t padded(int32_t y, int32_t x, int32_t c, int32_t zero_point) const {
    return holds(y, x) ? at(y, x, c) : zero_point;
  }
  /// Fills the padding that a padded map has in memory.
  void pad(int32_t zero_point) {
    if (lead(shape_) == 0) return;
    const int32_t planes = shape_.height * shape_.channels;
    for (int32_t i = 0; i <= planes; ++i) {
      (*this)[i * shape_.next_channel] = static_cast<int8_t>(zero_point);
    }
  }

 private:
  static int32_t lead(const micronets::Shape& shape) {
    return shape.next_channel == shape.width + 1 ? 1 : 0;
  }

  micronets::Shape shape_;
};

inline void check_equal(const char* name, const Codes& actual, const Codes& expected) {
  for (int32_t i = 0; i < expected.count(); ++i) {
    if (actual[i] == expected[i]) continue;
    if (++failures() <= 20) {
      printf("FAILED %s: code %ld of %ld is %d, expected %d\n", name, static_cast<long>(i),
             static_cast<long>(expected.count()), actual[i], expected[i]);
    }
    return;
  }
}

inline int8_t random_code(int32_t least = -128) {
  return static_cast<int8_t>(random_int(least, 127));
}

/// The loops of convolutions that there are.
inline uint8_t random_unrolled() { return random_int(0, 1) == 0 ? 2 : 8; }

/// The whole range of int8, or a clamp that is narrower.
inline micronets::OutputRange random_range() {
  const int8_t zero_point = random_code();
  if (random_int(0, 1) == 0) return micronets::OutputRange{zero_point, -128, 127};
  return micronets::OutputRange{zero_point, zero_point, random_code(zero_point)};
}

/// docs/numerics.md, in arithmetic that needs no shift of a negative number.
inline int8_t requantized(int64_t acc, int64_t multiplier, const micronets::OutputRange& range) {
  const int64_t one = INT64_C(1) << 32;
  const int64_t numerator = acc * multiplier + range.zero_point * one + one / 2;
  int64_t code = numerator / one;
  if (numerator % one < 0) --code;  // C++ rounds towards 0
  if (code < range.low) code = range.low;
  if (code > range.high) code = range.high;
  return static_cast<int8_t>(code);
}

#endif  // MICRONETS_TESTS_CHECK_S8_H_
