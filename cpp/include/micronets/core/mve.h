// micronets/core/mve.h - Helium's vectors and the few moves of bytes that all its kernels need.
#ifndef MICRONETS_CORE_MVE_H_
#define MICRONETS_CORE_MVE_H_

#include <stdint.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

#if MICRONETS_MVE
// The predicate register, among what assembly overwrites: only gcc has a name for it.
#if defined(__clang__)
#define MICRONETS_PREDICATE "cc"
#else
#define MICRONETS_PREDICATE "p0"
#endif

typedef uint8_t Bytes16 __attribute__((vector_size(16)));
typedef uint16_t Halves8 __attribute__((vector_size(16)));

/// `count` bytes, 1 or more; nothing behind them is read or written.
MICRONETS_INLINE void mve_copy_bytes(const void* from, int32_t count, void* to) {
  Bytes16 bytes;
  __asm__ volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vldrb.8 %q[bytes], [%[from]], #16\n"
      "vstrb.8 %q[bytes], [%[to]], #16\n"
      "letp lr, 1b\n"
      : [bytes] "=&w"(bytes), [from] "+r"(from), [to] "+r"(to)
      : [count] "r"(count)
      : "lr", "memory");
}

/// `count` bytes of `value`, 1 or more.
MICRONETS_INLINE void mve_fill_bytes(void* to, int32_t value, int32_t count) {
  Bytes16 bytes;
  __asm__ volatile(
      "vdup.8 %q[bytes], %[value]\n"
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vstrb.8 %q[bytes], [%[to]], #16\n"
      "letp lr, 1b\n"
      : [bytes] "=&w"(bytes), [to] "+r"(to)
      : [count] "r"(count), [value] "r"(value)
      : "lr", "memory");
}

/// `count` bytes of `value`, 1 or more, each `step` behind the one before it.
MICRONETS_INLINE void mve_spread_bytes(void* to, int32_t step, int32_t value, int32_t count) {
  Bytes16 places;
  Bytes16 bytes;
  uint32_t first = 0;
  __asm__ volatile(
      "vidup.u32 %q[places], %[first], #1; vmul.i32 %q[places], %q[places], %[step]\n"
      "vdup.32 %q[bytes], %[value]\n"
      "dlstp.32 lr, %[count]\n"
      "1:\n"
      "vstrb.32 %q[bytes], [%[to], %q[places]]; add %[to], %[to], %[next]\n"
      "letp lr, 1b\n"
      : [places] "=&w"(places), [bytes] "=&w"(bytes), [first] "+Te"(first), [to] "+r"(to)
      : [step] "r"(step), [value] "r"(value), [count] "r"(count), [next] "r"(4 * step)
      : "lr", "memory");
}

/// `height` rows of `width` bytes; their beginnings are `from_stride` and `to_stride` apart.
MICRONETS_INLINE void mve_copy_rows(const int8_t* from, int32_t from_stride, int32_t width,
                                    int32_t height, int8_t* to, int32_t to_stride) {
  const int32_t vectors = (width + 15) & ~15;
  Bytes16 bytes;
  __asm__ volatile(
      "1:\n"
      "dlstp.8 lr, %[width]\n"
      "2:\n"
      "vldrb.8 %q[bytes], [%[from]], #16; vstrb.8 %q[bytes], [%[to]], #16\n"
      "letp lr, 2b\n"
      "add %[from], %[from], %[from_skip]; add %[to], %[to], %[to_skip]\n"
      "subs %[height], %[height], #1; bne 1b\n"
      : [from] "+r"(from), [to] "+r"(to), [height] "+r"(height), [bytes] "=&w"(bytes)
      :
      [width] "r"(width), [from_skip] "r"(from_stride - vectors), [to_skip] "r"(to_stride - vectors)
      : "lr", "cc", "memory");
}

/// first, first + 1, ... to `count` bytes.
MICRONETS_INLINE void mve_count_bytes(int32_t first, int32_t count, uint8_t* to) {
  Bytes16 lanes;
  __asm__ volatile(
      "dlstp.8 lr, %[count]\n"
      "1:\n"
      "vidup.u8 %q[lanes], %[first], #1; vstrb.8 %q[lanes], [%[to]], #16\n"
      "letp lr, 1b\n"
      : [lanes] "=&w"(lanes), [first] "+Te"(first), [to] "+r"(to)
      : [count] "r"(count)
      : "lr", "memory");
}

/// 0, step, 2 * step ...
MICRONETS_INLINE Bytes16 mve_multiples_8(int32_t step) {
  Bytes16 lanes;
  uint32_t first = 0;
  __asm__("vidup.u8 %q0, %1, #1" : "=w"(lanes), "+Te"(first));
  __asm__("vmul.i8 %q0, %q0, %1" : "+w"(lanes) : "r"(step));
  return lanes;
}
MICRONETS_INLINE Halves8 mve_multiples_16(int32_t step) {
  Halves8 lanes;
  uint32_t first = 0;
  __asm__("vidup.u16 %q0, %1, #1" : "=w"(lanes), "+Te"(first));
  __asm__("vmul.i16 %q0, %q0, %1" : "+w"(lanes) : "r"(step));
  return lanes;
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_MVE_H_
