// micronets/core/types.h - shapes, windows and views: the vocabulary that all kernels share.
#ifndef MICRONETS_CORE_TYPES_H_
#define MICRONETS_CORE_TYPES_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"

namespace micronets {
inline namespace v1 {

/// How the values of one row of a map lie in memory. Rows always follow each other.
///   planar       [row][channel][x]  inside the net: neighbours of one channel are adjacent
///   interleaved  [row][x][channel]  the caller's image and every output, as in Keras
enum class Layout : int32_t { planar, interleaved };

struct Shape {
  int32_t height;
  int32_t width;
  int32_t channels;
  Layout layout;

  constexpr int32_t size() const { return height * width * channels; }
  constexpr int32_t row_stride() const { return width * channels; }
  constexpr int32_t pixel_stride() const { return layout == Layout::planar ? 1 : channels; }
  constexpr int32_t channel_stride() const { return layout == Layout::planar ? width : 1; }
};

struct Window {
  int32_t height;
  int32_t width;
  int32_t stride_y;
  int32_t stride_x;
};

struct Padding {
  int32_t top;
  int32_t left;
  int32_t bottom;
  int32_t right;
};

/// How many windows fit along one side.
constexpr int32_t window_count(int32_t size, int32_t before, int32_t after, int32_t window,
                               int32_t stride) {
  return (size + before + after - window) / stride + 1;
}

/// True where sliding `window` over the padded `input` gives the height and width of `output`.
constexpr bool slides_to(const Shape& input, const Window& window, const Padding& padding,
                         const Shape& output) {
  return output.height == window_count(input.height, padding.top, padding.bottom, window.height,
                                       window.stride_y) &&
         output.width ==
             window_count(input.width, padding.left, padding.right, window.width, window.stride_x);
}

constexpr bool same_size(const Shape& a, const Shape& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

constexpr int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
constexpr int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/// Numbers that are read as value * scale + offset: the caller's pixels, or a leading Rescaling.
/// Stands wherever a kernel takes a `const float*` as its input.
template <typename Value>
struct Affine {
  const Value* data;
  float scale;
  float offset;

  float operator[](int32_t i) const {
    return multiply_add(static_cast<float>(data[i]), scale, offset);
  }
  Affine operator+(int32_t i) const { return Affine{data + i, scale, offset}; }
};

/// A map, row by row. `capacity` is how many rows are held: all of them, or a ring of the last.
template <typename Input>
struct Rows {
  Input data;
  int32_t stride;
  int32_t capacity;

  Input at(int32_t y) const { return data + (y < capacity ? y : y % capacity) * stride; }
};

/// All rows of a map that lies in memory as a whole.
template <typename Input>
inline Rows<Input> rows_of(const Shape& shape, Input data) {
  return Rows<Input>{data, shape.row_stride(), shape.height};
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_TYPES_H_
