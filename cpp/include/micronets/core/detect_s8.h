// micronets/core/detect_s8.h - boxes and scores of an int8 detector, in integers.
#ifndef MICRONETS_CORE_DETECT_S8_H_
#define MICRONETS_CORE_DETECT_S8_H_

#include <stdint.h>

#include "micronets/core/candidates.h"
#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"
#include "micronets/core/requantize.h"
#include "micronets/core/suppress.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Scores are differences of logits, face - background, in 1/1024; lengths are sixteenths of a
/// pixel.
template <int32_t Capacity>
using CandidatesS8 = Candidates<int16_t, int8_t, Capacity>;
template <int32_t Capacity>
using FoundS8 = FoundBoxes<int32_t, Capacity>;

/// The priors of one head, and what the codes of their offsets mean.
struct DetectionHeadS8 {
  int32_t first_prior;
  int32_t columns;
  int32_t step;               // pixels from one prior to the next
  int32_t zero_point;         // of the offsets
  int32_t centre_multiplier;  // 2^-12 sixteenths by which one code moves the centre
  int32_t size_multiplier;    // 2^-16 by which one code raises the binary logarithm of a side
  int32_t size;               // the binary logarithm of the prior's side, in 2^-16
};

/// The image that boxes lie in, and `most_overlap`, intersection over union, in 2^-15.
struct DetectorS8 {
  int32_t height;
  int32_t width;
  int32_t heads;
  int32_t most_overlap;
};

/// 2^(exponent / 2^16), rounded, for exponents below 30 * 2^16. The fraction by a polynomial that
/// is off by 0.011 % at most; it never falls.
inline MICRONETS_KERNEL int32_t power_of_two(int32_t exponent) {
  const int32_t whole = exponent >> 16;
  if (whole < -1) return 0;
  const uint32_t fraction = static_cast<uint32_t>(exponent) & 0xFFFFU;
  uint32_t sum = 14828U + (5128U * fraction >> 16);
  sum = 45580U + (sum * fraction >> 16);
  sum = 65536U + (sum * fraction >> 16);
  if (whole >= 16) return static_cast<int32_t>(sum << (whole - 16));
  return static_cast<int32_t>((sum + (UINT32_C(1) << (15 - whole))) >> (16 - whole));
}

/// 32768 / (1 + exp(-score / 1024)), rounded down.
MICRONETS_INLINE int32_t probability_s8(int32_t score) {
  const int32_t distance = score < 0 ? -score : score;
  // 23637 / 256 is 2^16 / 1024 times the binary logarithm of e.
  const uint32_t power =
      static_cast<uint32_t>(power_of_two((INT32_C(15) << 16) - (distance * 23637 >> 8)));
  return static_cast<int32_t>((score < 0 ? power << 15 : UINT32_C(1) << 30) / (32768U + power));
}

/// The least of these that is at least `threshold`.
inline MICRONETS_KERNEL int32_t least_probability_s8(float threshold) {
  if (!(threshold <= 1.0F)) return 32769;  // not a number, too
  if (threshold <= 0.0F) return 0;
  const float scaled = threshold * 32768.0F;
  const int32_t whole = static_cast<int32_t>(scaled);
  return static_cast<float>(whole) < scaled ? whole + 1 : whole;
}

/// See `suppress`.
class DecoderS8 {
 public:
  DecoderS8(const DetectionHeadS8* heads, const DetectorS8& detector, float threshold)
      : heads_(heads), detector_(detector), least_(least_probability_s8(threshold)) {}

  bool is_enough(int16_t score) const { return probability_s8(score) >= least_; }

  float probability(int16_t score) const {
    return static_cast<float>(probability_s8(score)) * (1.0F / 32768.0F);
  }

  MICRONETS_KERNEL Box<int32_t> box(const Candidate<int16_t, int8_t>& candidate) const {
    int32_t number = detector_.heads - 1;
    while (fetch(heads_[number]).first_prior > candidate.prior) --number;
    const DetectionHeadS8& head = fetch(heads_[number]);
    const int32_t cell = candidate.prior - head.first_prior;
    const int32_t x = centre(head, cell % head.columns, candidate.offsets[0]);
    const int32_t y = centre(head, cell / head.columns, candidate.offsets[1]);
    const int32_t width = side(head, candidate.offsets[2]);
    const int32_t height = side(head, candidate.offsets[3]);
    const int32_t left = x - (width >> 1);
    const int32_t top = y - (height >> 1);
    return Box<int32_t>{left, top, left + width, top + height};
  }

  bool pixels(const Box<int32_t>& box, Detection* result) const {
    result->left = pixel(box.left, detector_.width);
    result->top = pixel(box.top, detector_.height);
    result->right = pixel(box.right, detector_.width);
    result->bottom = pixel(box.bottom, detector_.height);
    return result->left < result->right && result->top < result->bottom;
  }

  MICRONETS_INLINE bool is_same(const Box<int32_t>& a, const Box<int32_t>& b) const {
    const int32_t width = min_i32(a.right, b.right) - max_i32(a.left, b.left);
    const int32_t height = min_i32(a.bottom, b.bottom) - max_i32(a.top, b.top);
    if (width <= 0 || height <= 0) return false;
    const int64_t common = static_cast<int64_t>(width) * height;
    return common * 32768 > (area(a) + area(b) - common) * detector_.most_overlap;
  }

 private:
  // Offsets grow a prior by no more than e^10, and no box beyond 32,768 pixels.
  static constexpr int32_t most_growth() { return 945485; }
  static constexpr int32_t largest_size() { return INT32_C(19) << 16; }

  static int32_t centre(const DetectionHeadS8& head, int32_t cell, int32_t code) {
    const int32_t shift = ((code - head.zero_point) * head.centre_multiplier + 2048) >> 12;
    return (2 * cell + 1) * head.step * 8 + shift;
  }

  static int32_t side(const DetectionHeadS8& head, int32_t code) {
    const int32_t growth =
        clamp_i32((code - head.zero_point) * head.size_multiplier, -most_growth(), most_growth());
    return power_of_two(min_i32(head.size + growth, largest_size()));
  }

  static int16_t pixel(int32_t position, int32_t size) {
    return static_cast<int16_t>((clamp_i32(position, 0, 16 * size) + 8) >> 4);
  }

  static int64_t area(const Box<int32_t>& box) {
    return static_cast<int64_t>(box.right - box.left) * (box.bottom - box.top);
  }

  const DetectionHeadS8* heads_;
  DetectorS8 detector_;
  int32_t least_;
};

/// Detections that score at least `threshold`.
template <int32_t Count, int32_t Most>
MICRONETS_KERNEL void find_detections_s8(const DetectionHeadS8* heads, const DetectorS8& detector,
                                         float threshold, CandidatesS8<Count>& candidates,
                                         FoundS8<Most>& found) {
  suppress(DecoderS8(heads, detector, threshold), candidates, found);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_DETECT_S8_H_
