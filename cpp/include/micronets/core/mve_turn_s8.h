// micronets/core/mve_turn_s8.h - planar rows to pixel after pixel with Helium.
#ifndef MICRONETS_CORE_MVE_TURN_S8_H_
#define MICRONETS_CORE_MVE_TURN_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
/// The channels of `count` neighbours, which are `plane` bytes apart, each at `pixels` + `pitch`
/// for the next one: sixteen channels of a pixel at a time, where a byte holds their distance.
MICRONETS_INLINE void mve_turn_narrow_s8(const int8_t* row, int32_t plane, int32_t channels,
                                         int32_t count, int8_t* pixels, int32_t pitch) {
  const Bytes16 planes = mve_multiples_8(plane);
  Bytes16 loaded;
  for (; channels > 0; channels -= 16) {
    const int8_t* from = row;
    int8_t* to = pixels;
    __asm__ volatile(
        "vctp.8 %[channels]\n"
        "dls lr, %[count]\n"
        "1:\n"
        "vpst; vldrbt.u8 %q[loaded], [%[from], %q[planes]]\n"
        "vstrb.8 %q[loaded], [%[to]]\n"
        "add %[from], %[from], #1; add %[to], %[to], %[pitch]\n"
        "le lr, 1b\n"
        : [from] "+r"(from), [to] "+r"(to), [loaded] "=&w"(loaded)
        : [channels] "r"(channels), [count] "r"(count), [planes] "w"(planes), [pitch] "r"(pitch)
        : "lr", "memory", MICRONETS_PREDICATE);
    row += 16 * plane;
    pixels += 16;
  }
}

/// The same, eight pixels of a channel at a time.
MICRONETS_INLINE void mve_turn_wide_s8(const int8_t* row, int32_t plane, int32_t channels,
                                       int32_t count, int8_t* pixels, int32_t pitch) {
  const Halves8 places = mve_multiples_16(pitch);
  Halves8 loaded;
  const int8_t* from;
  int8_t* to;
  __asm__ volatile(
      "1:\n"
      "mov %[from], %[row]; mov %[to], %[pixels]\n"
      "dlstp.16 lr, %[count]\n"
      "2:\n"
      "vldrb.u16 %q[loaded], [%[from]], #8\n"
      "vstrb.16 %q[loaded], [%[to], %q[places]]\n"
      "add %[to], %[to], %[next]\n"
      "letp lr, 2b\n"
      "add %[row], %[row], %[plane]; add %[pixels], %[pixels], #1\n"
      "subs %[channels], %[channels], #1; bne 1b\n"
      : [row] "+r"(row), [pixels] "+r"(pixels), [channels] "+r"(channels), [from] "=&l"(from),
        [to] "=&r"(to), [loaded] "=&w"(loaded)
      : [count] "r"(count), [places] "w"(places), [next] "r"(8 * pitch), [plane] "r"(plane)
      : "lr", "cc", "memory");
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_TURN_S8_H_
