// DigitsUno - shows ten handwritten digits to a net, one a second, and prints what it sees.
//
// Runs on an Arduino Uno: the net needs 720 B of its 2 KB of RAM. Open the serial monitor at 115200
// baud. DigitNet.h and digits.h are written by ../make_examples.py.
#include "DigitNet.h"
#include "digits.h"

DigitNet net;
uint8_t pixels[64];  // predict() reads RAM, so pictures in flash are copied here first
uint8_t shown = 0;

void draw(const uint8_t* picture) {
  static const char shades[] = " .:oO@";
  for (uint8_t i = 0; i < 64; ++i) {
    const char shade = shades[picture[i] / 43];
    Serial.print(shade);
    Serial.print(shade);
    if (i % 8 == 7) Serial.println();
  }
}

void setup() { Serial.begin(115200); }

void loop() {
  memcpy_P(pixels, digits[shown], sizeof pixels);
  draw(pixels);

  const unsigned long begin = micros();
  const uint16_t label = net.predict(pixels);
  const unsigned long duration = micros() - begin;

  Serial.print(F("a "));
  Serial.print(shown);
  Serial.print(F(": the net sees "));
  Serial.print(DigitNet::name(label));
  Serial.print(F(", probability "));
  Serial.print(net.probability(label), 3);
  Serial.print(F(", "));
  Serial.print(duration);
  Serial.println(F(" us"));

  shown = (shown + 1) % 10;
  delay(1000);
}
