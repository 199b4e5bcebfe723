// DigitNet - looks at a picture once a second and prints what it sees, at 115200 baud.
//
// To show it another picture, send 64 bytes (8 x 8 x 1, rows from the top, 0 to 255), right
// after a line has come. In Python: serial.Serial(port, 115200).write(image.tobytes())
#include <DigitNet.h>

#include "example_image.h"

DigitNet net;  // 720 B: all of the net's RAM
// In RAM, because predict() cannot read pixels from PROGMEM on AVR.
uint8_t pixels[64];

// Python answers: label 7, probability 0.995
void load_example() {
  memcpy_P(pixels, example_image, sizeof pixels);
}

void setup() {
  Serial.begin(115200);
  Serial.setTimeout(1000);
  load_example();
}

void loop() {
  const unsigned long begin = micros();
  const uint16_t label = net.predict(pixels);
  const unsigned long duration = micros() - begin;

  Serial.print(F("label "));
  Serial.print(label);
  Serial.print(F(" ("));
  Serial.print(DigitNet::name(label));
  Serial.print(F(")"));
  Serial.print(F(", probability "));
  Serial.print(net.probability(label), 3);
  Serial.print(F(", "));
  Serial.print(duration);
  Serial.println(F(" us"));

  // Waits for a picture until no byte has come for a second.
  const size_t received = Serial.readBytes(pixels, sizeof pixels);
  if (received > 0 && received < sizeof pixels) {
    Serial.print(F("incomplete picture, bytes: "));
    Serial.println(static_cast<unsigned long>(received));
    load_example();
  }
}
