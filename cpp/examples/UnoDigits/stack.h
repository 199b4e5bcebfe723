// stack.h - how much of an AVR's stack was never used: paint all of it, later look for the paint.
#pragma once
#include <Arduino.h>

#if defined(__AVR__)
extern uint8_t __heap_start;  // behind all variables; the stack grows down to it

const uint8_t kPaint = 0xC5;

// Call it first of all: it paints what lies below the caller's own part of the stack.
inline void paint_stack() {
  uint8_t* const end = reinterpret_cast<uint8_t*>(SP) - 8;
  for (uint8_t* p = &__heap_start; p < end; ++p) *p = kPaint;
}

inline uint16_t unused_stack() {
  const uint8_t* p = &__heap_start;
  while (*p == kPaint) ++p;
  return p - &__heap_start;
}
#else
inline void paint_stack() {}
inline uint16_t unused_stack() { return 0; }  // nobody knows
#endif
