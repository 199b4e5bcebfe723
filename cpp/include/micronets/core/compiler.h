// micronets/core/compiler.h - what differs between compilers and chips, in one place.
#ifndef MICRONETS_CORE_COMPILER_H_
#define MICRONETS_CORE_COMPILER_H_

#include <stdint.h>
#include <string.h>

// Constants stay in flash, one copy of them however many files include a model: they are static
// members of a class template. Harvard chips (AVR) need a special load to read them. On the ESP8266
// a section keeps them out of RAM and 32-bit loads work as they are; its gcc ignores sections of
// template members, so there they are weak members of a plain struct.
#if defined(__AVR__)
#include <avr/pgmspace.h>
#define MICRONETS_FLASH PROGMEM
#define MICRONETS_HARVARD 1
#elif defined(ESP8266)
#define MICRONETS_FLASH __attribute__((weak, section(".irom.text.micronets")))
#define MICRONETS_HARVARD 0
#else
#define MICRONETS_FLASH
#define MICRONETS_HARVARD 0
#endif
#if defined(ESP8266)
#define MICRONETS_CONSTANTS
#define MICRONETS_OF(Argument)
#else
#define MICRONETS_CONSTANTS template <typename Unused>
#define MICRONETS_OF(Argument) <Argument>
#endif

// Chips without a floating-point unit: small code matters more than registers kept busy.
#if defined(__AVR__) || (defined(__arm__) && !defined(__ARM_FP)) || \
    (defined(__riscv) && !defined(__riscv_flen)) || defined(ESP8266)
#define MICRONETS_SOFT_FLOAT 1
#else
#define MICRONETS_SOFT_FLOAT 0
#endif

// noinline: one copy of each kernel serves all layers. Hot kernels (MICRONETS_FAST_KERNEL) are
// compiled for speed also where the sketch is built with -Os; gcc only, clang has no such
// attribute. "peel-loops" unrolls loops of a few turns, such as those over a tile. Their helpers
// are MICRONETS_INLINE, because gcc does not inline what is optimised for size into what is not.
#if defined(__GNUC__)
#define MICRONETS_KERNEL __attribute__((noinline))
#define MICRONETS_INLINE inline __attribute__((always_inline))
#else
#define MICRONETS_KERNEL
#define MICRONETS_INLINE inline
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && !MICRONETS_SOFT_FLOAT
#define MICRONETS_FAST_KERNEL __attribute__((noinline, optimize("O2", "peel-loops")))
#else
#define MICRONETS_FAST_KERNEL MICRONETS_KERNEL
#endif

// A case that goes on into the next one.
#if defined(__has_attribute)
#if __has_attribute(fallthrough)
#define MICRONETS_FALL_THROUGH __attribute__((fallthrough))
#endif
#endif
#if !defined(MICRONETS_FALL_THROUGH)
#define MICRONETS_FALL_THROUGH ((void)0)
#endif

// Cortex-M4 and up with FPU: the innermost loops are written in assembly, because gcc neither forms
// VLDM nor keeps 32 registers apart. Define MICRONETS_PORTABLE to get the C++ form of the same
// loops.
#if defined(__GNUC__) && defined(__thumb2__) && defined(__ARM_FEATURE_FMA) && \
    !defined(MICRONETS_PORTABLE)
#define MICRONETS_VFP4 1
#else
#define MICRONETS_VFP4 0
#endif

// Cores that multiply two pairs of 16 bits in one instruction (SMLAD), keep the high half of a
// product of 32 x 32 bits and round it (SMMLAR), and saturate (SSAT): Cortex-M4, M7, M33 and M55.
// The int8 kernels' inner loops are written in assembly for them: gcc does not find SMMLAR, and
// keeps too few sums in registers. Without optimization there are no registers to spare for it.
#if defined(__GNUC__) && defined(__OPTIMIZE__) && defined(__thumb2__) && \
    defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32) && !defined(MICRONETS_PORTABLE)
#define MICRONETS_DSP 1
#else
#define MICRONETS_DSP 0
#endif

// AVR that multiplies bytes: gcc 5 widens them first, and calls subroutines for 32 bits, so the
// innermost loops of int8 nets are assembly. Without optimization it finds no registers for it.
#if defined(__OPTIMIZE__) && defined(__AVR_HAVE_MUL__) && defined(__AVR_HAVE_LPMX__) && \
    !defined(MICRONETS_PORTABLE)
#define MICRONETS_AVR_MUL 1
#else
#define MICRONETS_AVR_MUL 0
#endif

// Chips that load a word from any address in one instruction, its lowest byte first.
#if defined(__ARM_FEATURE_UNALIGNED) || defined(__x86_64__) || defined(__i386__)
#define MICRONETS_LOADS_ANYWHERE 1
#else
#define MICRONETS_LOADS_ANYWHERE 0
#endif

// Cores with Helium: Cortex-M55 and M85. Sixteen products and their sum are one instruction. The
// innermost loops are assembly, which needs no header of the compiler and whose loops are LE's.
#if MICRONETS_DSP && defined(__ARM_FEATURE_MVE)
#define MICRONETS_MVE (__ARM_FEATURE_MVE & 1)
#else
#define MICRONETS_MVE 0
#endif

// What chooses among the kernels of Helium: a constant at -Os, too, where gcc would call it and
// link all of them. Other chips have fewer kernels, and a call is smaller.
#if MICRONETS_MVE
#define MICRONETS_CHOICE MICRONETS_INLINE constexpr
#else
#define MICRONETS_CHOICE constexpr
#endif

// Chips that multiply 32 x 32 bits to 64 in a subroutine, or not at all: Cortex-M0, ESP8266, AVR.
#ifndef MICRONETS_WIDE_PRODUCT
#if defined(__AVR__) || defined(ESP8266) || (defined(__thumb__) && !defined(__thumb2__))
#define MICRONETS_WIDE_PRODUCT 0
#else
#define MICRONETS_WIDE_PRODUCT 1
#endif
#endif

namespace micronets {
inline namespace v1 {

#if MICRONETS_HARVARD
/// One constant, from flash.
MICRONETS_INLINE float read(const float* constant) { return pgm_read_float(constant); }
MICRONETS_INLINE int8_t read(const int8_t* constant) {
  return static_cast<int8_t>(pgm_read_byte(constant));
}
MICRONETS_INLINE int32_t read(const int32_t* constant) {
  return static_cast<int32_t>(pgm_read_dword(constant));
}
MICRONETS_INLINE uint8_t read(const uint8_t* constant) { return pgm_read_byte(constant); }
MICRONETS_INLINE uint16_t read(const uint16_t* constant) { return pgm_read_word(constant); }
MICRONETS_INLINE int16_t read(const int16_t* constant) {
  return static_cast<int16_t>(pgm_read_word(constant));
}
MICRONETS_INLINE uint32_t read(const uint32_t* constant) { return pgm_read_dword(constant); }

/// A layer's parameters, from flash.
template <typename Params>
inline Params fetch(const Params& params) {
  Params copy;
  memcpy_P(&copy, &params, sizeof copy);
  return copy;
}
#else
MICRONETS_INLINE float read(const float* constant) { return *constant; }
MICRONETS_INLINE int32_t read(const int32_t* constant) { return *constant; }
MICRONETS_INLINE uint32_t read(const uint32_t* constant) { return *constant; }

#if defined(ESP8266)
/// The aligned word of flash that holds `address`, moved down so that its byte is the lowest: the
/// bus to the flash knows no smaller loads. Volatile, or the compiler would make it one.
MICRONETS_INLINE uint32_t read_word(const void* address) {
  typedef uint32_t __attribute__((may_alias)) Word;
  const uintptr_t place = reinterpret_cast<uintptr_t>(address);
  return *reinterpret_cast<const volatile Word*>(place & ~uintptr_t{3}) >> (place % 4 * 8);
}
MICRONETS_INLINE int8_t read(const int8_t* constant) {
  return static_cast<int8_t>(read_word(constant) & 0xFFU);
}
MICRONETS_INLINE uint8_t read(const uint8_t* constant) {
  return static_cast<uint8_t>(read_word(constant) & 0xFFU);
}
MICRONETS_INLINE uint16_t read(const uint16_t* constant) {
  return static_cast<uint16_t>(read_word(constant) & 0xFFFFU);
}
MICRONETS_INLINE int16_t read(const int16_t* constant) {
  return static_cast<int16_t>(read_word(constant) & 0xFFFFU);
}
#else
MICRONETS_INLINE int8_t read(const int8_t* constant) { return *constant; }
MICRONETS_INLINE uint8_t read(const uint8_t* constant) { return *constant; }
MICRONETS_INLINE uint16_t read(const uint16_t* constant) { return *constant; }
MICRONETS_INLINE int16_t read(const int16_t* constant) { return *constant; }
#endif

#if defined(ESP8266)
/// A layer's parameters, from flash, word by word.
template <typename Params>
inline Params fetch(const Params& params) {
  static_assert(sizeof(Params) % 4 == 0, "parameters are whole words");
  uint32_t words[sizeof(Params) / 4];
  for (uint32_t i = 0; i < sizeof(Params) / 4; ++i) {
    words[i] = read_word(reinterpret_cast<const uint8_t*>(&params) + 4 * i);
  }
  Params copy;
  memcpy(&copy, words, sizeof copy);
  return copy;
}
#else
template <typename Params>
inline const Params& fetch(const Params& params) {
  return params;
}
#endif
#endif

/// The bias of one output channel; `bias` is null where a layer has none.
MICRONETS_INLINE float read_bias(const float* bias, int32_t channel) {
  return bias == nullptr ? 0.0F : read(bias + channel);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_COMPILER_H_
