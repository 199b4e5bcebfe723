// micronets/core/types.h - shapes, windows and views: the vocabulary that all kernels share.
#ifndef MICRONETS_CORE_TYPES_H_
#define MICRONETS_CORE_TYPES_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Sizes in parameter structs, of which flash holds one per layer, take two bytes. On AVR int is as
/// short, and an unsigned difference would not fall below 0.
#if defined(__AVR__)
typedef int16_t Size;
#else
typedef uint16_t Size;
#endif

/// What inner loops count and step by. On AVR 16 bits reach all memory; 32 take twice as many
/// registers, which are too few, and twice as long.
#if defined(__AVR__)
typedef int16_t Index;
#else
typedef int32_t Index;
#endif

/// How the values of one row of a map lie in memory follows from `next_channel`, the way from one
/// channel of a pixel to the next. Rows always follow each other.
///   width      planar, [row][channel][x]: inside the net neighbours of one channel are adjacent
///   width + 1  the same with a column of padding behind each channel, which is at once the one
///              before the next channel; one more value lies before the map
///   1          interleaved, [row][x][channel]: the caller's image and every output, as in Keras
struct Shape {
  Size height;
  Size width;
  Size channels;
  Size next_channel;

  MICRONETS_INLINE constexpr int32_t size() const { return int32_t{height} * width * channels; }
  /// A map of one column is planar and interleaved at once.
  MICRONETS_INLINE constexpr bool is_planar() const { return next_channel >= width; }
  MICRONETS_INLINE constexpr bool is_padded() const { return next_channel > width; }
  MICRONETS_INLINE constexpr Index channel_stride() const { return next_channel; }
  MICRONETS_INLINE constexpr Index pixel_stride() const { return next_channel == 1 ? channels : 1; }
  MICRONETS_INLINE constexpr int32_t row_stride() const {
    return int32_t{next_channel == 1 ? width : next_channel} * channels;
  }
  /// `row_stride()` of a map that is planar for certain.
  MICRONETS_INLINE constexpr int32_t planar_row_stride() const {
    return int32_t{next_channel} * channels;
  }
  /// Memory that the rows take: more than `size()` where they are padded.
  MICRONETS_INLINE constexpr int32_t extent() const { return height * row_stride(); }
};

struct Window {
  Size height;
  Size width;
  Size stride_y;
  Size stride_x;
};

struct Padding {
  Size top;
  Size left;
  Size bottom;
  Size right;
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
