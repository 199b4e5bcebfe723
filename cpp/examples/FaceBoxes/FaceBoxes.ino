// FaceBoxes - finds faces in pictures of 320 x 240 pixels and prints their boxes.
//
// The net takes rows (memory="stream"), so no picture is ever held: read_row() below is asked for
// one after the other, from the top. As it stands it draws three cartoon faces; put your camera
// there. Boards: those with 128 KB of RAM or more, such as Nano 33 BLE Sense, Portenta, Teensy 4,
// ESP32 and RP2040. Open the serial monitor at 115200 baud; it prints for each face
//
//   face LEFT TOP RIGHT BOTTOM SCORE
//
// in pixels, the score from 0 to 1, and after each picture the number of faces and the time.
//
// face.h is too large for the repository: `python ../make_examples.py` writes it, with the net that
// micronets ships. One of your own: net.export_cpp("face.h", dtype="int8", memory="stream").
#include "drawn_faces.h"
#include "face.h"

const unsigned long kBaud = 115200;
const float kThreshold = 0.5f;

RNNPoolFaceM4 net;

// Fills a row with 320 grey pixels, 0 to 255. A camera that gives RGB565 needs no conversion: hand
// its rows to net.push_row_rgb565() instead.
void read_row(int y, uint8_t* row) { draw_row(y, row); }

void print_face(int left, int top, int right, int bottom, float score) {
  Serial.print(F("face "));
  const int corners[4] = {left, top, right, bottom};
  for (int corner : corners) {
    Serial.print(corner);
    Serial.print(' ');
  }
  Serial.println(score, 2);
}

void setup() { Serial.begin(kBaud); }

void loop() {
  const unsigned long start = millis();
  int y = 0;
  net.begin();
  while (uint8_t* row = net.row_buffer()) {
    read_row(y++, row);
    net.push_row();
  }
  const RNNPoolFaceM4::Detections& faces = net.detections(kThreshold);
  const unsigned long time = millis() - start;
  for (const auto& face : faces) {
    print_face(face.left, face.top, face.right, face.bottom, face.score);
  }
  Serial.print(F("faces "));
  Serial.print(faces.size());
  Serial.print(F(", "));
  Serial.print(time);
  Serial.println(F(" ms"));
}
