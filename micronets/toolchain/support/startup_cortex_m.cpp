// startup_cortex_m.cpp - the vector table of an emulated Cortex-M board.
#include <stdint.h>

#include "semihosting.h"

extern "C" uint32_t _estack;
extern "C" void harness_start();
extern "C" void Reset_Handler();

extern "C" void Reset_Handler() {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  // CPACR: full access to the coprocessors 10 and 11, which are the FPU and Helium.
  volatile uint32_t* const access_control = reinterpret_cast<volatile uint32_t*>(0xE000ED88);
  *access_control |= 0xFu << 20;
  __asm__ volatile("dsb\n\tisb");
#endif
  harness_start();
}

static void fault() {
  semihosting_call(kWriteText, "the processor faulted\n");
  semihosting_exit(3);
}

typedef void (*Handler)();

struct VectorTable {
  uint32_t* initial_stack;
  Handler handlers[15];
};

extern "C" __attribute__((section(".vectors"), used))
const VectorTable vectors = {&_estack,
                             {Reset_Handler, fault, fault, fault, fault, fault, nullptr, nullptr,
                              nullptr, nullptr, fault, fault, nullptr, fault, fault}};
