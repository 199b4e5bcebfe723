// micronets/core/dsp.h - the DSP extension's instructions on pairs of 16-bit values, one by one.
#ifndef MICRONETS_CORE_DSP_H_
#define MICRONETS_CORE_DSP_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/compiler.h"

namespace micronets {
inline namespace v1 {

/// Four bytes from any address, the first one lowest.
MICRONETS_INLINE uint32_t load_4(const void* from) {
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

/// The same to any address.
MICRONETS_INLINE void store_4(uint32_t word, void* to) { memcpy(to, &word, sizeof word); }

#if MICRONETS_DSP
/// Bytes 0 and 2, with their signs, as a pair.
MICRONETS_INLINE uint32_t even_bytes(uint32_t word) {
  __asm__("sxtb16 %0, %1" : "=r"(word) : "r"(word));
  return word;
}

/// Bytes 1 and 3, with their signs, as a pair.
MICRONETS_INLINE uint32_t odd_bytes(uint32_t word) {
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(word) : "r"(word));
  return word;
}

/// The lower halves of both, that of `first` below.
MICRONETS_INLINE uint32_t lower_halves(uint32_t first, uint32_t second) {
  uint32_t pair;
  __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(first), "r"(second));
  return pair;
}

/// The upper halves of both, that of `first` below.
MICRONETS_INLINE uint32_t upper_halves(uint32_t first, uint32_t second) {
  uint32_t pair;
  __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(second), "r"(first));
  return pair;
}

/// 256 times both, that of `first` below.
MICRONETS_INLINE uint32_t upper_bytes(int32_t first, int32_t second) {
  uint32_t pair = static_cast<uint32_t>(first) << 8;
  __asm__("pkhbt %0, %0, %1, lsl #24" : "+r"(pair) : "r"(second));
  return pair;
}

/// sum + both products of the pairs.
MICRONETS_INLINE int32_t multiply_pairs(uint32_t a, uint32_t b, int32_t sum) {
  __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
  return sum;
}

/// The larger of each two signed bytes.
MICRONETS_INLINE uint32_t larger_bytes(uint32_t a, uint32_t b) {
  uint32_t larger;
  __asm__("ssub8 %0, %1, %2; sel %0, %1, %2" : "=&r"(larger) : "r"(a), "r"(b) : "cc");
  return larger;
}
#else
MICRONETS_INLINE uint32_t pair_of(int32_t low, int32_t high) {
  return (static_cast<uint32_t>(low) & 0xFFFFU) | static_cast<uint32_t>(high) << 16;
}
MICRONETS_INLINE uint32_t even_bytes(uint32_t word) {
  return pair_of(static_cast<int8_t>(word & 0xFFU), static_cast<int8_t>(word >> 16 & 0xFFU));
}
MICRONETS_INLINE uint32_t odd_bytes(uint32_t word) { return even_bytes(word >> 8); }
MICRONETS_INLINE uint32_t lower_halves(uint32_t first, uint32_t second) {
  return (first & 0xFFFFU) | second << 16;
}
MICRONETS_INLINE uint32_t upper_halves(uint32_t first, uint32_t second) {
  return first >> 16 | (second & 0xFFFF0000U);
}
MICRONETS_INLINE int32_t multiply_pairs(uint32_t a, uint32_t b, int32_t sum) {
  sum += static_cast<int16_t>(a & 0xFFFFU) * static_cast<int16_t>(b & 0xFFFFU);
  return sum + static_cast<int16_t>(a >> 16) * static_cast<int16_t>(b >> 16);
}
MICRONETS_INLINE uint32_t larger_bytes(uint32_t a, uint32_t b) {
  uint32_t larger = 0;
  for (uint32_t i = 0; i < 32; i += 8) {
    const int8_t of_a = static_cast<int8_t>(a >> i & 0xFFU);
    const int8_t of_b = static_cast<int8_t>(b >> i & 0xFFU);
    larger |= (static_cast<uint32_t>(of_a > of_b ? of_a : of_b) & 0xFFU) << i;
  }
  return larger;
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DSP_H_
