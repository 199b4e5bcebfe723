// pgmspace.h - constants in flash, as the ESP8266 core for Arduino declares them.
#pragma once
#include <stdint.h>

#include "string.h"

#define PROGMEM __attribute__((section(".irom.text")))
#define PGM_P const char*
#define PSTR(text) (text)
#define pgm_read_byte(address) (*(const uint8_t*)(address))
#define pgm_read_word(address) (*(const uint16_t*)(address))
#define pgm_read_dword(address) (*(const uint32_t*)(address))
#define pgm_read_float(address) (*(const float*)(address))
#define memcpy_P memcpy
