// micronets/core/suppress.h - from candidates to detections: of many boxes around one object the
// best.
#ifndef MICRONETS_CORE_SUPPRESS_H_
#define MICRONETS_CORE_SUPPRESS_H_

#include <stdint.h>

#include "micronets/core/candidates.h"
#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"

namespace micronets {
inline namespace v1 {

/// Greedy non-maximum suppression: candidates are looked at from the best on, and those are found
/// whose boxes overlap no found one by too much. `decoder` knows how candidates become boxes:
///   is_enough(score)       whether the threshold lets it pass
///   probability(score)     0 to 1
///   box(candidate)         before rounding
///   pixels(box, &result)   rounds and cuts off; false where nothing of it lies in the image
///   is_same(box, other)    whether the two overlap by too much
template <typename Decoder, typename List, typename Value, int32_t Most>
MICRONETS_INLINE void suppress(const Decoder& decoder, List& candidates,
                               FoundBoxes<Value, Most>& found) {
  found.count = 0;
  sort_candidates(candidates.items, candidates.count);
  for (int32_t i = candidates.count - 1; i >= 0 && found.count < Most; --i) {
    const auto& candidate = candidates.items[i];
    if (!decoder.is_enough(candidate.score)) break;
    const Box<Value> box = decoder.box(candidate);
    Detection detection;
    if (!decoder.pixels(box, &detection)) continue;
    int32_t other = found.count - 1;
    while (other >= 0 && !decoder.is_same(box, found.boxes[other])) --other;
    if (other >= 0) continue;
    detection.score = decoder.probability(candidate.score);
    found.boxes[found.count] = box;
    found.items[found.count] = detection;
    ++found.count;
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_SUPPRESS_H_
