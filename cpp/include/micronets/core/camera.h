// micronets/core/camera.h - the pixels of colour cameras as levels of 0 to 255, in integers.
#ifndef MICRONETS_CORE_CAMERA_H_
#define MICRONETS_CORE_CAMERA_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Pixel `i` of RGB565: five bits of red on top, six of green, five of blue. Cameras deliver bytes,
/// the higher one first; graphics libraries draw numbers.
MICRONETS_INLINE uint16_t pixel_565(const uint8_t* bytes, int32_t i) {
  return static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
}
MICRONETS_INLINE uint16_t pixel_565(const uint16_t* numbers, int32_t i) { return numbers[i]; }

/// Grey by the weights of BT.601, from the camera's own bits: white is 255, and no sum leaves 16
/// bits.
MICRONETS_INLINE uint8_t grey_of_565(uint16_t pixel) {
  const uint16_t red = static_cast<uint16_t>(pixel >> 11);
  const uint16_t green = pixel >> 5 & 63U;
  const uint16_t blue = pixel & 31U;
  return static_cast<uint8_t>((red * 633U + green * 607U + blue * 239U + 128U) >> 8);
}

/// Red, green or blue of RGB565: 5 and 6 bits are repeated to fill 8.
MICRONETS_INLINE uint8_t level_of_565(uint16_t pixel, int32_t channel) {
  const uint32_t rgb = pixel;
  if (channel == 1) return static_cast<uint8_t>((rgb >> 3 & 0xFCU) | (rgb >> 9 & 3U));
  const uint32_t five = channel == 0 ? rgb >> 11 : rgb & 31U;
  return static_cast<uint8_t>(five << 3 | five >> 2);
}

// Where an image of levels is expected, these stand in its place: value i is computed when it is
// read. `Word` is uint8_t for bytes, the higher one first, or uint16_t for numbers.

/// RGB565 as grey.
template <typename Word>
struct Grey565 {
  const Word* data;

  uint8_t operator[](int32_t i) const { return grey_of_565(pixel_565(data, i)); }
  Grey565 operator+(int32_t i) const {
    return Grey565{data + i * static_cast<int32_t>(2 / sizeof(Word))};
  }
};

/// Bytes of red, green and blue as grey.
struct Grey888 {
  const uint8_t* data;

  uint8_t operator[](int32_t i) const {
    const uint8_t* const rgb = data + 3 * i;
    return static_cast<uint8_t>((rgb[0] * 77U + rgb[1] * 150U + rgb[2] * 29U + 128U) >> 8);
  }
  Grey888 operator+(int32_t i) const { return Grey888{data + 3 * i}; }
};

/// RGB565 as levels of red, green and blue in turn.
template <typename Word>
struct Rgb565 {
  const Word* data;
  int32_t first;

  uint8_t operator[](int32_t i) const {
    const int32_t pixel = (first + i) / 3;
    return level_of_565(pixel_565(data, pixel), first + i - 3 * pixel);
  }
  Rgb565 operator+(int32_t i) const { return Rgb565{data, first + i}; }
};

/// The levels of a camera's image, read as `Bytes` would read them in memory: `Pixels` of an int8
/// net, `Affine<uint8_t>` of a float net. A convolution may put rows of levels into `Scratch` bytes
/// of stack.
template <int32_t Scratch, typename Levels, typename Bytes>
struct Camera {
  Levels levels;
  Bytes bytes;  // how to read them; its data are not used

  auto operator[](int32_t i) const -> decltype(Bytes()[0]) {
    const uint8_t level = levels[i];
    return at(&level)[0];
  }
  Camera operator+(int32_t i) const { return Camera{levels + i, bytes}; }

  /// Levels that lie in memory.
  Bytes at(const uint8_t* data) const {
    Bytes copy = bytes;
    copy.data = data;
    return copy;
  }
};

template <int32_t Scratch, typename Levels, typename Bytes>
inline Camera<Scratch, Levels, Bytes> camera(Levels levels, Bytes bytes) {
  return Camera<Scratch, Levels, Bytes>{levels, bytes};
}

/// to[i] = from[i] for `count` levels.
template <typename Levels>
MICRONETS_KERNEL void copy_levels(Levels from, int32_t count, uint8_t* to) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
}

#if !defined(__AVR__)
/// The weights stay in registers: without that gcc makes shifts and sums of them.
inline MICRONETS_FAST_KERNEL void copy_levels(Grey888 from, int32_t count, uint8_t* to) {
  uint32_t red = 77U;
  uint32_t green = 150U;
  uint32_t blue = 29U;
  __asm__("" : "+r"(red), "+r"(green), "+r"(blue));
  const uint8_t* rgb = from.data;
  for (uint8_t* const end = to + count; to != end; rgb += 3) {
    *to++ = static_cast<uint8_t>((rgb[0] * red + rgb[1] * green + rgb[2] * blue + 128U) >> 8);
  }
}
#endif

/// The same for whole pixels, which need no division.
template <typename Word>
MICRONETS_KERNEL void copy_levels(Rgb565<Word> from, int32_t count, uint8_t* to) {
  uint8_t* const end = to + count;
  for (int32_t pixel = from.first / 3; to != end; ++pixel) {
    const uint16_t rgb = pixel_565(from.data, pixel);
    for (int32_t channel = 0; channel < 3; ++channel) *to++ = level_of_565(rgb, channel);
  }
}

#if MICRONETS_LOADS_ANYWHERE
/// Converts two pixels: their fields, products and sums are in the halves of a word.
template <typename Word>
MICRONETS_INLINE void copy_two_greys(const Word*& from, uint8_t*& to) {
#if defined(__thumb2__) && defined(__OPTIMIZE__)
  uint32_t pixels, field, sums;
  __asm__ volatile(
      "ldr %[pixels], [%[from]], #4\n"
      ".if %c[bytes]\n"
      "rev16 %[pixels], %[pixels]\n"
      ".endif\n"
      "and %[field], %[five], %[pixels], lsr #11\n"
      "mla %[sums], %[field], %[red], %[half]\n"
      "and %[field], %[six], %[pixels], lsr #5\n"
      "mla %[sums], %[field], %[green], %[sums]\n"
      "and %[field], %[five], %[pixels]\n"
      "mla %[sums], %[field], %[blue], %[sums]\n"
      "and %[sums], %[low], %[sums], lsr #8\n"
      "orr %[sums], %[sums], %[sums], lsr #8\n"
      "strh %[sums], [%[to]], #2\n"
      : [pixels] "=&r"(pixels), [field] "=&r"(field), [sums] "=&r"(sums), [from] "+r"(from),
        [to] "+r"(to)
      : [bytes] "i"(sizeof(Word) == 1), [five] "r"(0x001F001FU), [six] "r"(0x003F003FU),
        [low] "r"(0x00FF00FFU), [half] "r"(0x00800080U), [red] "r"(633U), [green] "r"(607U),
        [blue] "r"(239U)
      : "memory");
#else
  uint32_t pixels;
  memcpy(&pixels, from, sizeof pixels);
  if (sizeof(Word) == 1) {
    pixels = (pixels >> 8 & 0x00FF00FFU) | (pixels & 0x00FF00FFU) << 8;
  }
  uint32_t sums = (pixels >> 11 & 0x001F001FU) * 633U + 0x00800080U;
  sums += (pixels >> 5 & 0x003F003FU) * 607U;
  sums += (pixels & 0x001F001FU) * 239U;
  const uint32_t greys = sums >> 8 & 0x00FF00FFU;
  const uint16_t pair = static_cast<uint16_t>(greys | greys >> 8);
  memcpy(to, &pair, sizeof pair);
  from += 4 / sizeof(Word);
  to += 2;
#endif
}

template <typename Word>
MICRONETS_FAST_KERNEL void copy_levels(Grey565<Word> from, int32_t count, uint8_t* to) {
  const Word* next = from.data;
  uint8_t* const end = to + count;
  for (; count >= 4; count -= 4) {
    copy_two_greys(next, to);
    copy_two_greys(next, to);
  }
  for (; to != end; next += 2 / sizeof(Word)) *to++ = grey_of_565(pixel_565(next, 0));
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CAMERA_H_
