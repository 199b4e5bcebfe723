// harness_semihosting.cpp - the harness on emulated bare metal: files through semihosting, memory
// set up before main, and the deepest stack measured around it.
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "semihosting.h"

// From link.ld.
extern "C" uint32_t _sidata, _sdata, _edata, _sbss, _ebss;
extern "C" void (*__init_array_start[])();
extern "C" void (*__init_array_end[])();

// From the C library, only where the program prints: weak, so that one that does not pays nothing.
extern "C" void initialise_monitor_handles() __attribute__((weak));
extern "C" int fflush(FILE*) __attribute__((weak));

// What the compiler registers destructors of static objects with; they never run.
extern "C" void* __dso_handle;
void* __dso_handle = NULL;

extern "C" int main();
extern "C" void harness_start();

static int32_t open_file(const char* name, int32_t mode) {
  struct {
    const char* name;
    int32_t mode;
    uint32_t length;
  } const block = {name, mode, static_cast<uint32_t>(strlen(name))};
  const int32_t handle = semihosting_call(kOpen, &block);
  if (handle < 0) {
    semihosting_call(kWriteText, "cannot open a file of the harness\n");
    semihosting_exit(2);
  }
  return handle;
}

struct Transfer {
  int32_t handle;
  const void* data;
  int32_t bytes;
};

bool harness_read(void* destination, int32_t bytes) {
  static int32_t handle = -1;
  if (handle < 0) handle = open_file("input.bin", kModeReadBinary);
  const Transfer block = {handle, destination, bytes};
  return semihosting_call(kRead, &block) == 0;  // the number of bytes not read
}

void harness_write(const void* source, int32_t bytes) {
  static int32_t handle = -1;
  if (handle < 0) handle = open_file("output.bin", kModeWriteBinary);
  const Transfer block = {handle, source, bytes};
  if (semihosting_call(kWrite, &block) != 0) {
    semihosting_call(kWriteText, "cannot write output.bin\n");
    semihosting_exit(2);
  }
}

static uint32_t* stack_pointer() {
  uint32_t* here;
#if defined(__arm__)
  __asm__ volatile("mov %0, sp" : "=r"(here));
#else
  __asm__ volatile("mv %0, sp" : "=r"(here));
#endif
  return here;
}

static const uint32_t kPaint = 0xA55AC33C;
static const uint32_t kMostPainted = 256 * 1024 / sizeof(uint32_t);
static const uint32_t kLeastUntouched = 8;

static uint32_t* lowest_painted(uint32_t* top) {
  uint32_t* const free_memory = &_ebss;
  const uint32_t words = static_cast<uint32_t>(top - free_memory);
  return words > kMostPainted ? top - kMostPainted : free_memory;
}

// The compiler may read the stack pointer before it saves registers there, so the words next to it
// are left alone; a stack that ends within them counts as reaching their end.
static const uint32_t kMargin = 8;

// Volatile: otherwise the loop may become a call of memset, whose frame would be painted over.
__attribute__((noinline)) static void paint(uint32_t* top) {
  uint32_t* const here = stack_pointer() - kMargin;
  for (volatile uint32_t* word = lowest_painted(top); word < here; ++word) *word = kPaint;
}

// The heap grows from below and an array may lie in the stack unwritten, so what counts as
// untouched is the longest run of painted words. Returns bytes, or -1 where the stack met the data.
__attribute__((noinline)) static int32_t measure(const uint32_t* top) {
  const uint32_t* longest_end = NULL;
  uint32_t longest = 0;
  uint32_t run = 0;
  for (const uint32_t* word = lowest_painted(const_cast<uint32_t*>(top)); word < top; ++word) {
    run = *word == kPaint ? run + 1 : 0;
    if (run > longest) {
      longest = run;
      longest_end = word + 1;
    }
  }
  if (longest < kLeastUntouched) return -1;
  return static_cast<int32_t>(top - longest_end) * static_cast<int32_t>(sizeof *top);
}

static void report_stack(int32_t bytes) {
  const Transfer block = {open_file("stack.bin", kModeWriteBinary), &bytes, sizeof bytes};
  semihosting_call(kWrite, &block);
}

// A machine without a C library's start-up code. Never returns.
void harness_start() {
  volatile uint32_t* to = &_sdata;
  for (volatile uint32_t* from = &_sidata; to < &_edata; ++from, ++to) *to = *from;
  for (to = &_sbss; to < &_ebss; ++to) *to = 0;
  if (initialise_monitor_handles) initialise_monitor_handles();
  for (void (**constructor)() = __init_array_start; constructor < __init_array_end; ++constructor) {
    (*constructor)();
  }
  uint32_t* const top = stack_pointer();
  paint(top);
  const int status = main();
  const int32_t stack = measure(top);
  if (fflush) fflush(NULL);
  report_stack(stack);
  semihosting_exit(status);
}
