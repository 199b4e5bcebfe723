// Answers pictures of handwritten digits that come over Serial: 64 bytes in, one line out.
//
// In Python, with pyserial: port.write(image.tobytes()); print(port.readline())
// where image is uint8, 8 x 8, rows from the top, 0 (paper) to 255 (ink).
#include <Arduino.h>
#include <DigitNet.h>

static DigitNet net;
static uint8_t pixels[64];
static_assert(sizeof pixels ==
                  DigitNet::input_height() * DigitNet::input_width() * DigitNet::input_channels(),
              "one byte for each pixel");

void setup() { Serial.begin(115200); }

void loop() {
  // Bytes that come alone, such as noise when a cable is plugged in, are dropped after a second.
  if (Serial.readBytes(pixels, sizeof pixels) < sizeof pixels) return;
  const uint16_t label = net.predict(pixels);
  Serial.print(label);
  Serial.print(F(" "));
  Serial.println(net.probability(label), 3);
}
