// startup_rv32.cpp - the first instructions of an emulated RISC-V machine.
#include "semihosting.h"

extern "C" void harness_fault();

extern "C" __attribute__((aligned(4), used, noreturn)) void harness_fault() {
  semihosting_call(kWriteText, "the processor faulted\n");
  semihosting_exit(3);
  __builtin_unreachable();
}

__asm__(
    ".section .vectors, \"ax\", @progbits\n"
    ".globl Reset_Handler\n"
    "Reset_Handler:\n"
    ".option push\n"
    ".option norelax\n"
    "  la gp, __global_pointer$\n"
    ".option pop\n"
    ".option arch, +zicsr\n"
    "  la sp, _estack\n"
    "  la t0, harness_fault\n"
    "  csrw mtvec, t0\n"
    "  j harness_start\n"
    ".text\n");
