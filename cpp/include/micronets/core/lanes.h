// micronets/core/lanes.h - vectors of four lanes, in which recurrent cells take their steps.
#ifndef MICRONETS_CORE_LANES_H_
#define MICRONETS_CORE_LANES_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dsp.h"

namespace micronets {
inline namespace v1 {

/// Cells take four steps at once, each in a lane of its own, so that a weight is loaded once for
/// four products. Vectors of four lanes lie as [value][lane].
constexpr int32_t kLanes = 4;

/// The values of each of four lanes, one behind the other.
template <typename Value>
struct Lanes {
  Value* lane0;
  Value* lane1;
  Value* lane2;
  Value* lane3;
};

/// Four places of the input, of a lane each.
template <typename Input>
struct Places {
  Input lane0;
  Input lane1;
  Input lane2;
  Input lane3;

  MICRONETS_INLINE Places behind(int32_t step) const {
    return {lane0 + step, lane1 + step, lane2 + step, lane3 + step};
  }
};

/// Brings `count` values of each lane side by side.
template <typename Value>
MICRONETS_INLINE void interleave(Lanes<const Value> lanes, int32_t count, Value* to) {
  for (; count > 0; --count) {
    to[0] = *lanes.lane0++;
    to[1] = *lanes.lane1++;
    to[2] = *lanes.lane2++;
    to[3] = *lanes.lane3++;
    to += kLanes;
  }
}

#if MICRONETS_DSP
/// Two lanes of two values: the first values, then the second ones.
MICRONETS_INLINE void interleave_pairs(const int16_t* first, const int16_t* second, int16_t* to) {
  const uint32_t ahead = load_4(first);
  const uint32_t behind = load_4(second);
  store_4(lower_halves(ahead, behind), to);
  store_4(upper_halves(ahead, behind), to + kLanes);
}

/// The same, two values at a time.
MICRONETS_INLINE void interleave(Lanes<const int16_t> lanes, int32_t count, int16_t* to) {
  for (; count > 1; count -= 2) {
    interleave_pairs(lanes.lane0, lanes.lane1, to);
    interleave_pairs(lanes.lane2, lanes.lane3, to + 2);
    lanes = {lanes.lane0 + 2, lanes.lane1 + 2, lanes.lane2 + 2, lanes.lane3 + 2};
    to += 2 * kLanes;
  }
  interleave<int16_t>(lanes, count, to);
}
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_LANES_H_
