// Arduino.h - a board on this computer: Serial is the terminal, and all the macros are there that
// make trouble in other people's headers.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__unix__)
#include <poll.h>
#include <unistd.h>
#endif

#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x0
#define OUTPUT 0x1
#define DEFAULT 1
#define PI 3.1415926535897932384626433832795
#define B0 0
#define B1 1
#define B10 2
#define _B 1
#define _C 2
#define _L 4
#define _N 4
#define _P 8
#define _S 8
#define _U 16
#define _X 32
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define sq(x) ((x) * (x))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))
#define radians(degrees) ((degrees)*0.017453292519943295)
#define degrees(radians) ((radians)*57.29577951308232)
#define bit(b) (1UL << (b))
#define bitRead(value, bit) (((value) >> (bit)) & 1)
#define lowByte(w) ((uint8_t)((w)&0xff))
#define highByte(w) ((uint8_t)((w) >> 8))
#define interrupts()
#define noInterrupts()
#define word(...) ((unsigned)(__VA_ARGS__))
#define F(text) (text)
#define PROGMEM
#define PSTR(text) (text)
#define pgm_read_byte(address) (*(const uint8_t*)(address))
#define memcpy_P memcpy

typedef bool boolean;
typedef uint8_t byte;

struct SerialPort {
  void begin(unsigned long) { setvbuf(stdout, nullptr, _IONBF, 0); }
  void setTimeout(unsigned long milliseconds) { patience = static_cast<int>(milliseconds); }
  int read() {
    uint8_t byte;
    return next(&byte, 1) ? byte : -1;
  }
  size_t readBytes(uint8_t* bytes, size_t count) {
    size_t got = 0;
    while (got < count && next(bytes + got, patience)) ++got;
    return got;
  }
  // Waits no longer than that for a byte.
  bool next(uint8_t* byte, int milliseconds) {
#if defined(__unix__)
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, milliseconds) > 0 && ::read(STDIN_FILENO, byte, 1) == 1;
#else
    return milliseconds >= 0 && fread(byte, 1, 1, stdin) == 1;
#endif
  }
  void write(uint8_t byte) { putchar(byte); }
  void print(const char* text) { printf("%s", text); }
  void print(char value) { printf("%c", value); }
  void print(int value) { printf("%d", value); }
  void print(unsigned value) { printf("%u", value); }
  void print(long value) { printf("%ld", value); }
  void print(unsigned long value) { printf("%lu", value); }
  void print(double value, int digits = 2) { printf("%.*f", digits, value); }
  void println() { printf("\n"); }
  template <typename... Arguments>
  void println(Arguments... arguments) {
    print(arguments...);
    println();
  }

  int patience = 1000;
};
static SerialPort Serial;

inline unsigned long micros() { return 0; }
inline unsigned long millis() { return 0; }
inline void delay(unsigned long) {}

void setup();
void loop();
