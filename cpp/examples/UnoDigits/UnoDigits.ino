// UnoDigits - reads handwritten digits of 96 x 96 pixels on an Arduino Uno.
//
// Such a picture has 9,216 bytes, the Uno 2,048. So the net takes rows (memory="stream"): it keeps
// those that are still needed and forgets the others. The pictures come from a computer:
//
//   pip install "micronets[serial]"
//   micronets send digit.png --port /dev/ttyACM0        (COM3 or the like on Windows)
//
// model.h is written by ../make_examples.py; micronets/link.py is the other end of the cable. What
// they say, a request being kMagic and a letter, and all answers but '+' being lines:
//
//   ?   micronets 1 96 96 1    version of this protocol, height, width, channels
//   i   and then the pixels, each row in parts of at most kPart bytes. A part is answered by '+'
//       and a check byte as soon as it lies in its row. After the last row: label 7
//   s   stats 379876 169       microseconds of the last image, bytes of stack never used
//
// At most two parts may be on their way: while the net computes nobody reads, and what arrives
// waits in the receive buffer of Serial, which holds 63 bytes. Where bytes stay away for a second,
// the answer is "error timeout", and the next request may come.
#include "model.h"
#include "stack.h"

const unsigned long kBaud = 115200;
const uint8_t kMagic = 0xA5;
const uint8_t kPart = 24;
const uint16_t kRowBytes = PicoMobileNet::input_width() * PicoMobileNet::input_channels();

PicoMobileNet net;
unsigned long image_time = 0;

bool receive(uint8_t* bytes, uint8_t count) { return Serial.readBytes(bytes, count) == count; }

// A row, part by part, right to where the net wants it.
bool receive_row(uint8_t* row, uint8_t* check) {
  for (uint16_t at = 0; at < kRowBytes; at += kPart) {
    const uint8_t count = kRowBytes - at < kPart ? kRowBytes - at : kPart;
    if (!receive(row + at, count)) return false;
    for (uint8_t i = 0; i < count; ++i) *check = 31 * *check + row[at + i] + 1;
    Serial.write('+');
    Serial.write(*check);
  }
  return true;
}

void classify() {
  uint8_t check = 0;
  unsigned long time = 0;
  net.begin();
  while (uint8_t* row = net.row_buffer()) {
    if (!receive_row(row, &check)) {
      Serial.println(F("error timeout"));
      return;
    }
    const unsigned long start = micros();
    net.push_row();
    time += micros() - start;
  }
  image_time = time;
  Serial.print(F("label "));
  Serial.println(net.label());
}

void introduce() {
  Serial.print(F("micronets 1 "));
  Serial.print(PicoMobileNet::input_height());
  Serial.print(' ');
  Serial.print(PicoMobileNet::input_width());
  Serial.print(' ');
  Serial.println(PicoMobileNet::input_channels());
}

void report() {
  Serial.print(F("stats "));
  Serial.print(image_time);
  Serial.print(' ');
  Serial.println(unused_stack());
}

void setup() {
  paint_stack();
  Serial.begin(kBaud);
  Serial.setTimeout(1000);
  Serial.println(F("UnoDigits waits for pictures: micronets send digit.png --port ..."));
}

void loop() {
  uint8_t letter;
  if (Serial.read() != kMagic || !receive(&letter, 1)) return;  // noise, or nothing at all
  if (letter == '?') introduce();
  if (letter == 'i') classify();
  if (letter == 's') report();
}
