// Arduino.h - a sketch's surroundings, with the macros that make trouble in other people's headers.
#pragma once
#include <stdint.h>

#include "math.h"
#include "pgmspace.h"
#include "string.h"

#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x00
#define OUTPUT 0x01
#define DEFAULT 1
#define PI 3.1415926535897932384626433832795
#define _min(a, b) ((a) < (b) ? (a) : (b))
#define _max(a, b) ((a) > (b) ? (a) : (b))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))
#define bit(b) (1UL << (b))
#define B0 0
#define B1 1
#define F(text) (text)

typedef uint8_t byte;
typedef bool boolean;

struct SerialPort {
  void begin(unsigned long baud);
  void print(const char* text);
  void print(int value);
  void print(unsigned value);
  void print(long value);
  void print(unsigned long value);
  void print(double value, int digits = 2);
  void println(const char* text);
  void println(int value);
  void println(unsigned value);
  void println(long value);
  void println(unsigned long value);
  void println(double value, int digits = 2);
  void println();
};
extern SerialPort Serial;

void delay(unsigned long milliseconds);
void yield();
unsigned long millis();
unsigned long micros();
