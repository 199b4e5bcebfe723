// harness_avr.cpp - the harness on an emulated AVR: three spare registers that the emulator serves.
//   GPIOR0  write 1, 2: the counted region begins, ends; read: 1 where input is left
//   GPIOR1  read: the next byte of the input; write: main's result, which ends the program
//   GPIOR2  write: the next byte of the output
#include <avr/io.h>
#include <stdlib.h>

#include "harness.h"

bool harness_read(void* destination, int32_t bytes) {
  uint8_t* to = static_cast<uint8_t*>(destination);
  for (; bytes > 0; --bytes) {
    if (GPIOR0 == 0) return false;
    *to++ = GPIOR1;
  }
  return true;
}

void harness_write(const void* source, int32_t bytes) {
  const uint8_t* from = static_cast<const uint8_t*>(source);
  for (; bytes > 0; --bytes) GPIOR2 = *from++;
}

// avr-libc calls exit with main's result, and this replaces its own.
extern "C" void exit(int status) {
  GPIOR1 = static_cast<uint8_t>(status);
  for (;;) {
  }
}
