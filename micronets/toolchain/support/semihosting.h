// semihosting.h - asking the emulator for files: the bare calls, without a C library around them.
#ifndef MICRONETS_TOOLCHAIN_SEMIHOSTING_H_
#define MICRONETS_TOOLCHAIN_SEMIHOSTING_H_

#include <stdint.h>

enum {
  kOpen = 0x01,
  kWriteText = 0x04,
  kWrite = 0x05,
  kRead = 0x06,
  kExitExtended = 0x20,
};

enum { kModeReadBinary = 1, kModeWriteBinary = 5 };

/// "The application ended by itself": the reason that carries an exit status.
enum { kApplicationExit = 0x20026 };

/// `block` points to the operation's arguments, or is its only argument.
static inline int32_t semihosting_call(int32_t operation, const void* block) {
#if defined(__arm__)
  register int32_t r0 __asm__("r0") = operation;
  register const void* r1 __asm__("r1") = block;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
#else
  register int32_t a0 __asm__("a0") = operation;
  register const void* a1 __asm__("a1") = block;
  // The emulator recognises these three, uncompressed and within one page of memory.
  __asm__ volatile(
      ".balign 16\n\t"
      ".option push\n\t"
      ".option norvc\n\t"
      "slli zero, zero, 0x1f\n\t"
      "ebreak\n\t"
      "srai zero, zero, 7\n\t"
      ".option pop"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
#endif
}

static inline void semihosting_exit(int32_t status) {
  const int32_t block[2] = {kApplicationExit, status};
  for (;;) semihosting_call(kExitExtended, block);
}

#endif  // MICRONETS_TOOLCHAIN_SEMIHOSTING_H_
