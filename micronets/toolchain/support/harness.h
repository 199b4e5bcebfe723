// harness.h - how a program written once runs on every target of micronets.toolchain.
//
// The program is an ordinary main(). It reads its input with harness_read, writes its output with
// harness_write, and puts harness_count_begin and harness_count_end around what is to be counted.
// A non-zero result of main is a failure.
#ifndef MICRONETS_TOOLCHAIN_HARNESS_H_
#define MICRONETS_TOOLCHAIN_HARNESS_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Reads the next `bytes` bytes of the input; false where fewer are left.
bool harness_read(void* destination, int32_t bytes);

/// Appends to the output.
void harness_write(const void* source, int32_t bytes);

#ifdef __cplusplus
}
#endif

// The emulators watch for an instruction that does nothing and that no compiler emits. The
// "memory" clobber keeps loads and stores on their side of it.
#if defined(__arm__)
// A function of its own: QEMU 7.2 loses the marker where a run of instructions without a branch
// crosses a page of 1 KB. The call and the return are not counted.
__attribute__((naked, noinline, unused, aligned(16))) static void harness_marker(void) {
  __asm__ volatile("mov r9, r9\n\tbx lr");
}
static inline void harness_count_begin(void) { harness_marker(); }
static inline void harness_count_end(void) { harness_marker(); }
#elif defined(__riscv)
// slti zero, zero, 1
static inline void harness_count_begin(void) { __asm__ volatile(".word 0x00102013" ::: "memory"); }
static inline void harness_count_end(void) { __asm__ volatile(".word 0x00102013" ::: "memory"); }
#elif defined(__AVR__)
// A write to GPIOR0 (0x1e): the emulator takes 1 as the beginning and 2 as the end.
static inline void harness_count_begin(void) {
  __asm__ volatile("ldi r24, 1\n\tout 0x1e, r24" ::: "r24", "memory");
}
static inline void harness_count_end(void) {
  __asm__ volatile("ldi r24, 2\n\tout 0x1e, r24" ::: "r24", "memory");
}
#else
static inline void harness_count_begin(void) {}
static inline void harness_count_end(void) {}
#endif

#endif  // MICRONETS_TOOLCHAIN_HARNESS_H_
