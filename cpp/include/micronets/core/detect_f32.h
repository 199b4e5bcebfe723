// micronets/core/detect_f32.h - boxes and scores of a float detector.
#ifndef MICRONETS_CORE_DETECT_F32_H_
#define MICRONETS_CORE_DETECT_F32_H_

#include <stdint.h>

#include "micronets/core/candidates.h"
#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"
#include "micronets/core/exp_f32.h"
#include "micronets/core/suppress.h"

namespace micronets {
inline namespace v1 {

/// Scores are differences of logits, face - background; lengths are pixels.
template <int32_t Capacity>
using CandidatesF32 = Candidates<float, float, Capacity>;
template <int32_t Capacity>
using FoundF32 = FoundBoxes<float, Capacity>;

/// The priors of one head, and how far their offsets reach.
struct DetectionHeadF32 {
  int32_t first_prior;
  int32_t columns;
  float step;    // from one prior to the next
  float side;    // of a prior
  float centre;  // by which an offset of 1 moves the centre
  float size;    // by which an offset of 1 raises the natural logarithm of a side
};

/// The image that boxes lie in, and the intersection over union that two of them may have.
struct DetectorF32 {
  int32_t height;
  int32_t width;
  int32_t heads;
  float most_overlap;
};

/// See `suppress`.
class DecoderF32 {
 public:
  DecoderF32(const DetectionHeadF32* heads, const DetectorF32& detector, float threshold)
      : heads_(heads), detector_(detector), threshold_(threshold) {}

  bool is_enough(float score) const { return probability(score) >= threshold_; }

  MICRONETS_KERNEL float probability(float score) const {
    const float power = exp_of_negative(score < 0.0F ? score : -score);
    return (score < 0.0F ? power : 1.0F) / (1.0F + power);
  }

  MICRONETS_KERNEL Box<float> box(const Candidate<float, float>& candidate) const {
    int32_t number = detector_.heads - 1;
    while (fetch(heads_[number]).first_prior > candidate.prior) --number;
    const DetectionHeadF32& head = fetch(heads_[number]);
    const int32_t cell = candidate.prior - head.first_prior;
    const float x = centre(head, cell % head.columns, candidate.offsets[0]);
    const float y = centre(head, cell / head.columns, candidate.offsets[1]);
    const float width = side(head, candidate.offsets[2]);
    const float height = side(head, candidate.offsets[3]);
    const float left = x - width * 0.5F;
    const float top = y - height * 0.5F;
    return Box<float>{left, top, left + width, top + height};
  }

  bool pixels(const Box<float>& box, Detection* result) const {
    result->left = pixel(box.left, detector_.width);
    result->top = pixel(box.top, detector_.height);
    result->right = pixel(box.right, detector_.width);
    result->bottom = pixel(box.bottom, detector_.height);
    return result->left < result->right && result->top < result->bottom;
  }

  MICRONETS_INLINE bool is_same(const Box<float>& a, const Box<float>& b) const {
    const float width =
        (a.right < b.right ? a.right : b.right) - (a.left < b.left ? b.left : a.left);
    const float height =
        (a.bottom < b.bottom ? a.bottom : b.bottom) - (a.top < b.top ? b.top : a.top);
    if (!(width > 0.0F && height > 0.0F)) return false;
    const float common = width * height;
    return common > detector_.most_overlap * (area(a) + area(b) - common);
  }

 private:
  static float centre(const DetectionHeadF32& head, int32_t cell, float offset) {
    return (static_cast<float>(cell) + 0.5F) * head.step + offset * head.centre;
  }

  // Offsets grow a prior by no more than e^10.
  static float side(const DetectionHeadF32& head, float offset) {
    const float growth = offset * head.size;
    if (growth < 0.0F) return head.side * exp_of_negative(growth < -10.0F ? -10.0F : growth);
    return head.side / exp_of_negative(growth > 10.0F ? -10.0F : -growth);
  }

  static int16_t pixel(float position, int32_t size) {
    const float most = static_cast<float>(size);
    if (!(position > 0.0F)) return 0;
    return static_cast<int16_t>((position < most ? position : most) + 0.5F);
  }

  static float area(const Box<float>& box) {
    return (box.right - box.left) * (box.bottom - box.top);
  }

  const DetectionHeadF32* heads_;
  DetectorF32 detector_;
  float threshold_;
};

/// Detections that score at least `threshold`.
template <int32_t Count, int32_t Most>
MICRONETS_KERNEL void find_detections_f32(const DetectionHeadF32* heads,
                                          const DetectorF32& detector, float threshold,
                                          CandidatesF32<Count>& candidates, FoundF32<Most>& found) {
  suppress(DecoderF32(heads, detector, threshold), candidates, found);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DETECT_F32_H_
