// The picture that the sketch looks at: 8 x 8 x 1, rows from the top, 0 to 255.
#pragma once
#include <Arduino.h>

const uint8_t example_image[64] PROGMEM = {
    0, 0, 16, 128, 239, 159, 0, 0, 0, 48, 207, 239, 223, 223, 0, 0, 0, 80, 159, 0, 159, 191, 0, 0,
    0, 0, 48, 80, 239, 159, 32, 0, 0, 0, 255, 255, 255, 255, 191, 0, 0, 16, 128, 191, 223, 128, 48,
    0, 0, 0, 0, 159, 207, 0, 0, 0, 0, 0, 0, 175, 143, 0, 0, 0};
