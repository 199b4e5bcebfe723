// Written by make_examples.py: three cartoon faces, drawn with ellipses row by row, because the
// pixels of a whole picture would take 77 KB.
#pragma once
#include <Arduino.h>

struct Ellipse {
  float x, y, across, down;  // centre and radii
  uint8_t grey;
  bool soft;  // half of what is behind it shows through
};

// The parts of the faces, each in front of those above it.
const Ellipse kEllipses[] = {
    {72.0f, 99.8f, 38.7f, 57.8f, 127, false},
    {72.0f, 74.0f, 35.2f, 36.8f, 127, false},
    {72.0f, 178.0f, 57.6f, 44.0f, 58, false},
    {72.0f, 130.0f, 16.6f, 24.0f, 113, false},
    {72.0f, 90.0f, 32.0f, 40.0f, 157, false},
    {75.4f, 51.6f, 24.3f, 9.0f, 127, false},
    {62.4f, 85.8f, 5.4f, 4.3f, 113, true},
    {62.4f, 85.8f, 5.4f, 3.2f, 218, false},
    {62.4f, 85.8f, 2.9f, 3.6f, 47, false},
    {62.4f, 74.9f, 7.7f, 2.2f, 101, false},
    {73.8f, 101.6f, 1.5f, 1.1f, 86, true},
    {58.5f, 102.8f, 5.4f, 4.8f, 164, true},
    {88.3f, 85.8f, 5.4f, 4.3f, 113, true},
    {88.3f, 85.8f, 5.4f, 3.2f, 218, false},
    {88.3f, 85.8f, 2.9f, 3.6f, 47, false},
    {88.3f, 74.9f, 7.7f, 2.2f, 101, false},
    {80.2f, 101.6f, 1.5f, 1.1f, 86, true},
    {92.2f, 102.8f, 5.4f, 4.8f, 164, true},
    {77.0f, 93.2f, 1.3f, 5.8f, 175, true},
    {75.4f, 113.2f, 10.4f, 2.8f, 80, false},
    {75.4f, 113.2f, 9.4f, 0.7f, 47, false},
    {75.4f, 118.8f, 4.6f, 1.0f, 125, true},
    {170.0f, 76.3f, 25.0f, 41.3f, 51, false},
    {170.0f, 55.0f, 22.0f, 23.0f, 51, false},
    {170.0f, 120.0f, 36.0f, 27.5f, 102, false},
    {170.0f, 90.0f, 10.4f, 15.0f, 139, false},
    {170.0f, 65.0f, 20.0f, 25.0f, 193, false},
    {168.5f, 41.0f, 15.2f, 7.6f, 51, false},
    {160.1f, 61.7f, 3.4f, 2.7f, 139, true},
    {160.1f, 61.7f, 3.4f, 2.0f, 235, false},
    {160.1f, 61.7f, 1.8f, 2.2f, 58, false},
    {160.1f, 56.5f, 4.8f, 1.4f, 41, false},
    {165.7f, 72.2f, 1.0f, 0.7f, 106, true},
    {157.7f, 73.0f, 3.4f, 3.0f, 203, true},
    {176.9f, 61.7f, 3.4f, 2.7f, 139, true},
    {176.9f, 61.7f, 3.4f, 2.0f, 235, false},
    {176.9f, 61.7f, 1.8f, 2.2f, 58, false},
    {176.9f, 56.5f, 4.8f, 1.4f, 41, false},
    {169.7f, 72.2f, 1.0f, 0.7f, 106, true},
    {179.3f, 73.0f, 3.4f, 3.0f, 203, true},
    {167.7f, 67.0f, 0.8f, 3.6f, 217, true},
    {168.5f, 79.5f, 7.9f, 1.8f, 99, false},
    {168.5f, 79.5f, 7.1f, 0.4f, 58, false},
    {168.5f, 83.0f, 2.9f, 0.6f, 155, true},
    {254.0f, 146.4f, 17.5f, 30.0f, 48, false},
    {254.0f, 130.8f, 15.4f, 16.6f, 48, false},
    {254.0f, 177.6f, 25.2f, 19.8f, 64, false},
    {254.0f, 156.0f, 7.3f, 10.8f, 116, false},
    {254.0f, 138.0f, 14.0f, 18.0f, 161, false},
    {254.6f, 120.7f, 10.6f, 4.5f, 48, false},
    {249.5f, 136.2f, 2.4f, 1.9f, 116, true},
    {249.5f, 136.2f, 2.4f, 1.4f, 221, false},
    {249.5f, 136.2f, 1.3f, 1.6f, 48, false},
    {249.5f, 132.5f, 3.4f, 1.0f, 38, false},
    {253.4f, 143.2f, 0.7f, 0.5f, 88, true},
    {247.8f, 143.8f, 2.4f, 2.2f, 169, true},
    {259.6f, 136.2f, 2.4f, 1.9f, 116, true},
    {259.6f, 136.2f, 2.4f, 1.4f, 221, false},
    {259.6f, 136.2f, 1.3f, 1.6f, 48, false},
    {259.6f, 132.5f, 3.4f, 1.0f, 38, false},
    {256.2f, 143.2f, 0.7f, 0.5f, 88, true},
    {261.3f, 143.8f, 2.4f, 2.2f, 169, true},
    {254.8f, 139.4f, 0.6f, 2.6f, 180, true},
    {254.6f, 148.4f, 4.5f, 1.3f, 82, false},
    {254.6f, 148.4f, 4.1f, 0.3f, 48, false},
    {254.6f, 151.0f, 2.0f, 0.4f, 128, true}};

// Row y of a picture of 240 rows with 320 pixels each.
inline void draw_row(int y, uint8_t* row) {
  for (int x = 0; x < 320; ++x) row[x] = static_cast<uint8_t>(60 + 2 * y / 5);
  for (const Ellipse& part : kEllipses) {
    const float away = (static_cast<float>(y) + 0.5f - part.y) / part.down;
    if (away <= -1 || away >= 1) continue;
    const float half = part.across * sqrtf(1 - away * away);
    const float from = part.x - half, to = part.x + half;
    int x = from > 0 ? static_cast<int>(from + 0.5f) : 0;
    for (; x < 320 && static_cast<float>(x) + 0.5f < to; ++x) {
      const int behind = part.soft ? row[x] : part.grey;
      row[x] = static_cast<uint8_t>((behind + part.grey) / 2);
    }
  }
}
