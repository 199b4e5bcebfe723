// Maps, random numbers and comparisons for the kernel tests; no allocation, so that the tests also
// run on a microcontroller. `cases` random shapes are tried for each kernel (default 200).
#ifndef MICRONETS_TESTS_CHECK_H_
#define MICRONETS_TESTS_CHECK_H_

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "all_kernels.h"

#ifdef MICRONETS_TEST_CASES
const int32_t cases = MICRONETS_TEST_CASES;
#else
const int32_t cases = 200;
#endif

inline uint32_t random_bits() {
  static uint32_t state = 2463534242U;  // xorshift32: the same shapes on every machine
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/// A number from `least` to `most`, both included.
inline int32_t random_int(int32_t least, int32_t most) {
  return least + static_cast<int32_t>(random_bits() >> 8) % (most - least + 1);
}

enum class Layout { planar, padded, interleaved };

inline micronets::Size size_of(int32_t value) { return static_cast<micronets::Size>(value); }

inline micronets::Shape shape_of(int32_t height, int32_t width, int32_t channels, Layout layout) {
  const int32_t next = layout == Layout::interleaved ? 1
                       : layout == Layout::padded    ? width + 1
                                                     : width;
  return micronets::Shape{size_of(height), size_of(width), size_of(channels), size_of(next)};
}

inline micronets::Shape shape_of(const micronets::Shape& s, Layout layout) {
  return shape_of(s.height, s.width, s.channels, layout);
}

inline micronets::Window window_of(int32_t height, int32_t width, int32_t stride_y,
                                   int32_t stride_x) {
  return micronets::Window{size_of(height), size_of(width), size_of(stride_y), size_of(stride_x)};
}

inline micronets::Padding padding_of(int32_t top, int32_t left, int32_t bottom, int32_t right) {
  return micronets::Padding{size_of(top), size_of(left), size_of(bottom), size_of(right)};
}

inline micronets::Padding random_padding(int32_t most) {
  return padding_of(random_int(0, most), random_int(0, most), random_int(0, most),
                    random_int(0, most));
}

/// Where a value lies in its map.
inline int32_t index_of(const micronets::Shape& s, int32_t y, int32_t x, int32_t c) {
  if (s.next_channel == 1) return (y * s.width + x) * s.channels + c;
  return (y * s.channels + c) * s.next_channel + x;
}

/// Exact-size heap memory, so that the address sanitizer sees one value too many.
class Vector {
 public:
  explicit Vector(int32_t count, float value = 0.0F)
      : count_(count),
        values_(static_cast<float*>(malloc(sizeof(float) * static_cast<uint32_t>(count)))) {
    for (int32_t i = 0; i < count; ++i) values_[i] = value;
  }
  ~Vector() { free(values_); }
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;

  /// Multiples of 1/64 in [-1, 1]: rounding hardly matters, mistakes do.
  void randomize() {
    for (int32_t i = 0; i < count_; ++i) {
      values_[i] = static_cast<float>(random_int(-64, 64)) / 64.0F;
    }
  }
  void scale(float factor) {
    for (int32_t i = 0; i < count_; ++i) values_[i] *= factor;
  }
  int32_t count() const { return count_; }
  float* data() { return values_; }
  const float* data() const { return values_; }
  float& operator[](int32_t i) { return values_[i]; }
  const float& operator[](int32_t i) const { return values_[i]; }

 private:
  int32_t count_;
  float* values_;
};

class Map : public Vector {
 public:
  explicit Map(const micronets::Shape& shape) : Vector(shape.size()), shape_(shape) {}

  const micronets::Shape& shape() const { return shape_; }
  bool holds(int32_t y, int32_t x) const {
    return y >= 0 && y < shape_.height && x >= 0 && x < shape_.width;
  }
  float& at(int32_t y, int32_t x, int32_t c) { return (*this)[index_of(shape_, y, x, c)]; }
  const float& at(int32_t y, int32_t x, int32_t c) const {
    return (*this)[index_of(shape_, y, x, c)];
  }

  /// The value at place `k` of the order (y, x, channel).
  float& hwc(int32_t k) {
    return at(k / shape_.row_stride(), k % shape_.row_stride() / shape_.channels,
              k % shape_.channels);
  }

 private:
  micronets::Shape shape_;
};

inline int32_t& failures() {
  static int32_t count = 0;
  return count;
}

inline void check(bool good, const char* name, const char* what) {
  if (good) return;
  if (++failures() <= 20) printf("FAILED %s: %s\n", name, what);
}

/// A sum over the bits of everything that was compared: equal where two builds round alike.
inline uint32_t& digest() {
  static uint32_t sum = 2166136261U;
  return sum;
}

inline void check_close(const char* name, const Vector& actual, const Vector& expected,
                        float tolerance) {
  for (int32_t i = 0; i < expected.count(); ++i) {
    uint32_t bits;
    memcpy(&bits, &actual[i], sizeof bits);
    digest() = (digest() ^ bits) * 16777619U;
  }
  for (int32_t i = 0; i < expected.count(); ++i) {
    if (fabsf(actual[i] - expected[i]) <= tolerance) continue;
    if (++failures() <= 20) {
      printf("FAILED %s: value %ld of %ld is %d millionths, expected %d\n", name,
             static_cast<long>(i), static_cast<long>(expected.count()),
             static_cast<int>(actual[i] * 1e6F), static_cast<int>(expected[i] * 1e6F));
    }
    return;
  }
}

/// Prints the verdict; the result is that of the program.
inline int finish() {
  printf("digest %08lx\n", static_cast<unsigned long>(digest()));
  if (failures() == 0) {
    printf("PASSED\n");
    return 0;
  }
  printf("FAILED %ld checks\n", static_cast<long>(failures()));
  return 1;
}

#endif  // MICRONETS_TESTS_CHECK_H_
