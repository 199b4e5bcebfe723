// micronets/core/fastgrnn_units_s8.h - what units of a cell sum up, in integers, four lanes at
// once.
#ifndef MICRONETS_CORE_FASTGRNN_UNITS_S8_H_
#define MICRONETS_CORE_FASTGRNN_UNITS_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/lanes.h"

namespace micronets {
inline namespace v1 {

/// Of four lanes.
struct LaneSums {
  int32_t lane0;
  int32_t lane1;
  int32_t lane2;
  int32_t lane3;
};

/// What a unit of a cell reads, word by word: a bias, counts, another bias, and weights of two
/// kinds.
///   sparse  a weight above 16 bits, below it the place in bytes of the lanes that it belongs to;
///           at least one
///   dense   two weights, of neighbouring states, all of them; behind the sparse ones
/// The counts are, from the lowest bit on:
///   8 bits  sparse weights: all but one of up to 16, else 16
///   8 bits  those left over: 1 of up to 16, else the others
///   8 bits  the highest marks the last unit
///   8 bits  words of dense weights; 255 marks a sum without bends
struct UnitS16 {
  int32_t bias;
  uint32_t counts;
  int32_t more;  // what the sum of an update has more than that of a gate
  const uint32_t* weights;

  MICRONETS_INLINE explicit UnitS16(const uint32_t* words)
      : bias(static_cast<int32_t>(read(words))),
        counts(read(words + 1)),
        more(static_cast<int32_t>(read(words + 2))),
        weights(words + 3) {}
  MICRONETS_INLINE int32_t sparse() const {
    return static_cast<int32_t>((counts & 31U) + (counts >> 8 & 0xFFU));
  }
  MICRONETS_INLINE int32_t dense() const { return static_cast<int32_t>(counts >> 24); }
  MICRONETS_INLINE bool is_last() const { return (counts >> 23 & 1U) != 0; }
};

#if MICRONETS_DSP
/// Adds the products of `count` sparse weights, at least one.
MICRONETS_INLINE const uint32_t* add_sparse_s16(const uint32_t* words, int32_t count,
                                                const int16_t* values, LaneSums* sums) {
  LaneSums lanes = *sums;
  uint32_t word;
  uint32_t low;
  uint32_t high;
  __asm__(
      "1: ldr %[word], [%[words]], #4\n"
      "uxtah %[low], %[values], %[word]\n"
      "ldrd %[low], %[high], [%[low]]\n"
      "smlabt %[lane0], %[low], %[word], %[lane0]\n"
      "smlatt %[lane1], %[low], %[word], %[lane1]\n"
      "smlabt %[lane2], %[high], %[word], %[lane2]\n"
      "smlatt %[lane3], %[high], %[word], %[lane3]\n"
      "subs %[count], %[count], #1\n"
      "bne 1b\n"
      : [words] "+&r"(words), [count] "+&r"(count), [word] "=&r"(word), [low] "=&r"(low),
        [high] "=&r"(high), [lane0] "+&r"(lanes.lane0), [lane1] "+&r"(lanes.lane1),
        [lane2] "+&r"(lanes.lane2), [lane3] "+&r"(lanes.lane3)
      : [values] "r"(values)
      : "cc", "memory");
  *sums = lanes;
  return words;
}

/// Adds the products of `count` words of dense weights, at least one.
MICRONETS_INLINE const uint32_t* add_dense_s16(const uint32_t* words, int32_t count,
                                               const int16_t* states, LaneSums* sums) {
  LaneSums lanes = *sums;
  uint32_t word;
  uint32_t low;
  uint32_t high;
  __asm__(
      "1: ldr %[word], [%[words]], #4\n"
      "ldrd %[low], %[high], [%[states]], #8\n"
      "smlabb %[lane0], %[low], %[word], %[lane0]\n"
      "smlatb %[lane1], %[low], %[word], %[lane1]\n"
      "smlabb %[lane2], %[high], %[word], %[lane2]\n"
      "smlatb %[lane3], %[high], %[word], %[lane3]\n"
      "ldrd %[low], %[high], [%[states]], #8\n"
      "smlabt %[lane0], %[low], %[word], %[lane0]\n"
      "smlatt %[lane1], %[low], %[word], %[lane1]\n"
      "smlabt %[lane2], %[high], %[word], %[lane2]\n"
      "smlatt %[lane3], %[high], %[word], %[lane3]\n"
      "subs %[count], %[count], #1\n"
      "bne 1b\n"
      : [words] "+&r"(words), [count] "+&r"(count), [word] "=&r"(word), [low] "=&r"(low),
        [high] "=&r"(high), [states] "+&r"(states), [lane0] "+&r"(lanes.lane0),
        [lane1] "+&r"(lanes.lane1), [lane2] "+&r"(lanes.lane2), [lane3] "+&r"(lanes.lane3)
      :
      : "cc", "memory");
  *sums = lanes;
  return words;
}
#else
/// A weight, in the lower half of a word, times four lanes.
MICRONETS_INLINE void add_lanes_s16(uint32_t word, const int16_t* lanes, LaneSums* sums) {
  const int32_t weight = static_cast<int16_t>(word & 0xFFFFU);
  sums->lane0 += weight * lanes[0];
  sums->lane1 += weight * lanes[1];
  sums->lane2 += weight * lanes[2];
  sums->lane3 += weight * lanes[3];
}

MICRONETS_INLINE const uint32_t* add_sparse_s16(const uint32_t* words, int32_t count,
                                                const int16_t* values, LaneSums* sums) {
  for (; count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word >> 16, values + (word & 0xFFFFU) / sizeof *values, sums);
  }
  return words;
}

MICRONETS_INLINE const uint32_t* add_dense_s16(const uint32_t* words, int32_t count,
                                               const int16_t* states, LaneSums* sums) {
  for (; count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word, states, sums);
    add_lanes_s16(word >> 16, states + kLanes, sums);
    states += 2 * kLanes;
  }
  return words;
}
#endif

/// A unit's bias with all its products; `words` go on behind its weights.
MICRONETS_INLINE LaneSums sum_unit_s16(const UnitS16& unit, const int16_t* values,
                                       const int16_t* states, const uint32_t** words) {
  LaneSums sums = {unit.bias, unit.bias, unit.bias, unit.bias};
  *words = add_sparse_s16(unit.weights, unit.sparse(), values, &sums);
  if (unit.dense() > 0) *words = add_dense_s16(*words, unit.dense(), states, &sums);
  return sums;
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_UNITS_S8_H_
