// micronets/core/label.h - from outputs to a label.
#ifndef MICRONETS_CORE_LABEL_H_
#define MICRONETS_CORE_LABEL_H_

#include <stdint.h>

namespace micronets {
inline namespace v1 {

/// Index of the largest of `count` outputs, the first one on ties.
template <typename Value>
inline uint16_t label_of(const Value* outputs, int32_t count) {
  int32_t best = 0;
  for (int32_t i = 1; i < count; ++i) {
    if (outputs[i] > outputs[best]) best = i;
  }
  return static_cast<uint16_t>(best);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_LABEL_H_
