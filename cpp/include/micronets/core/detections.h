// micronets/core/detections.h - what a detector hands out, and what it keeps to find it.
#ifndef MICRONETS_CORE_DETECTIONS_H_
#define MICRONETS_CORE_DETECTIONS_H_

#include <stdint.h>

namespace micronets {
inline namespace v1 {

/// One object: the pixels from `left` and `top` on, up to but without `right` and `bottom`, all of
/// them inside the image; and how sure the net is, 0 to 1.
struct Detection {
  int16_t left;
  int16_t top;
  int16_t right;
  int16_t bottom;
  float score;
};

/// The objects of one image, best first.
template <int32_t Capacity>
struct Detections {
  static constexpr int32_t capacity() { return Capacity; }
  int32_t size() const { return count; }
  bool empty() const { return count == 0; }
  const Detection* begin() const { return items; }
  const Detection* end() const { return items + count; }
  const Detection& operator[](int32_t i) const { return items[i]; }

  int32_t count;
  Detection items[static_cast<uint32_t>(Capacity)];
};

/// A box before it is rounded to pixels and cut off at the image.
template <typename Value>
struct Box {
  Value left;
  Value top;
  Value right;
  Value bottom;
};

/// Detections, and the box that each was made of.
template <typename Value, int32_t Capacity>
struct FoundBoxes : Detections<Capacity> {
  Box<Value> boxes[static_cast<uint32_t>(Capacity)];
};

/// A prior that may hold an object: what its head says of it, undecoded.
template <typename Score, typename Offset>
struct Candidate {
  Score score;
  uint16_t prior;
  Offset offsets[4];
};

/// The best candidates of an image so far: a heap whose root is the last of them in order.
template <typename Score, typename Offset, int32_t Capacity>
struct Candidates {
  static constexpr int32_t capacity() { return Capacity; }

  int32_t count;
  Candidate<Score, Offset> items[static_cast<uint32_t>(Capacity)];
};

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DETECTIONS_H_
