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

/// A map of codes, all of them random.
class CodeMap : public Codes {
 public:
  explicit CodeMap(const micronets::Shape& shape) : Codes(shape.size()), shape_(shape) {
    randomize(-128, 127);
  }
  const micronets::Shape& shape() const { return shape_; }
  bool holds(int32_t y, int32_t x) const {
    return y >= 0 && y < shape_.height && x >= 0 && x < shape_.width;
  }
  int8_t& at(int32_t y, int32_t x, int32_t c) { return (*this)[index(y, x, c)]; }
  const int8_t& at(int32_t y, int32_t x, int32_t c) const { return (*this)[index(y, x, c)]; }
  /// What a padded map holds there.
  int32_t padded(int32_t y, int32_t x, int32_t c, int32_t zero_point) const {
    return holds(y, x) ? at(y, x, c) : zero_point;
  }

 private:
  int32_t index(int32_t y, int32_t x, int32_t c) const {
    return shape_.layout == micronets::Layout::planar
               ? (y * shape_.channels + c) * shape_.width + x
               : (y * shape_.width + x) * shape_.channels + c;
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

/// The whole range of int8, or a clamp that is narrower.
inline micronets::OutputRange random_range() {
  const int32_t zero_point = random_int(-128, 127);
  if (random_int(0, 1) == 0) return micronets::OutputRange{zero_point, -128, 127};
  return micronets::OutputRange{zero_point, zero_point, random_int(zero_point, 127)};
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
