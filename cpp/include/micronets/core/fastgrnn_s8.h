// micronets/core/fastgrnn_s8.h - steps of FastGRNN cells in integers, four at once.
#ifndef MICRONETS_CORE_FASTGRNN_S8_H_
#define MICRONETS_CORE_FASTGRNN_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/rnnpool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Tables of gates and updates have 2048 entries.
constexpr int32_t kHalfTable = 1024;

/// Of four lanes.
struct LaneSums {
  int32_t lane0;
  int32_t lane1;
  int32_t lane2;
  int32_t lane3;
};

/// What a unit of a cell reads, word by word: how many words of weights are of inputs and, above 16
/// bits, of states, in which bit 15 says that the weights are dense; a bias; and those words.
///   sparse  a weight above 16 bits, below it the place in bytes of the lanes that it belongs to
///   dense   two weights, of neighbours, all of them
struct UnitS16 {
  uint32_t counts;
  int32_t bias;
  const uint32_t* weights;

  MICRONETS_INLINE explicit UnitS16(const uint32_t* words)
      : counts(read(words)), bias(static_cast<int32_t>(read(words + 1))), weights(words + 2) {}
  MICRONETS_INLINE bool is_dense() const { return (counts & 0x8000U) != 0; }
  MICRONETS_INLINE int32_t inputs() const { return static_cast<int32_t>(counts & 0x7FFFU); }
  MICRONETS_INLINE int32_t states() const { return static_cast<int32_t>(counts >> 16); }
  MICRONETS_INLINE const uint32_t* end() const { return weights + inputs() + states(); }
};

#if MICRONETS_DSP
/// Adds the products of `count` words of sparse weights.
MICRONETS_INLINE void add_sparse_s16(const uint32_t* words, int32_t count, const int16_t* values,
                                     LaneSums* sums) {
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
        [high] "=&r"(high), [lane0] "+&r"(sums->lane0), [lane1] "+&r"(sums->lane1),
        [lane2] "+&r"(sums->lane2), [lane3] "+&r"(sums->lane3)
      : [values] "r"(values)
      : "cc", "memory");
}

/// Adds the products of `count` words of dense weights.
MICRONETS_INLINE void add_dense_s16(const uint32_t* words, int32_t count, const int16_t* values,
                                    LaneSums* sums) {
  uint32_t word;
  uint32_t low;
  uint32_t high;
  __asm__(
      "1: ldr %[word], [%[words]], #4\n"
      "ldrd %[low], %[high], [%[values]], #8\n"
      "smlabb %[lane0], %[low], %[word], %[lane0]\n"
      "smlatb %[lane1], %[low], %[word], %[lane1]\n"
      "smlabb %[lane2], %[high], %[word], %[lane2]\n"
      "smlatb %[lane3], %[high], %[word], %[lane3]\n"
      "ldrd %[low], %[high], [%[values]], #8\n"
      "smlabt %[lane0], %[low], %[word], %[lane0]\n"
      "smlatt %[lane1], %[low], %[word], %[lane1]\n"
      "smlabt %[lane2], %[high], %[word], %[lane2]\n"
      "smlatt %[lane3], %[high], %[word], %[lane3]\n"
      "subs %[count], %[count], #1\n"
      "bne 1b\n"
      : [words] "+&r"(words), [count] "+&r"(count), [word] "=&r"(word), [low] "=&r"(low),
        [high] "=&r"(high), [values] "+&r"(values), [lane0] "+&r"(sums->lane0),
        [lane1] "+&r"(sums->lane1), [lane2] "+&r"(sums->lane2), [lane3] "+&r"(sums->lane3)
      :
      : "cc", "memory");
}
#else
/// A weight times four lanes.
MICRONETS_INLINE void add_lanes_s16(uint32_t weight_bits, const int16_t* lanes, LaneSums* sums) {
  const int32_t weight = static_cast<int16_t>(weight_bits & 0xFFFFU);
  sums->lane0 += weight * lanes[0];
  sums->lane1 += weight * lanes[1];
  sums->lane2 += weight * lanes[2];
  sums->lane3 += weight * lanes[3];
}

MICRONETS_INLINE void add_sparse_s16(const uint32_t* words, int32_t count, const int16_t* values,
                                     LaneSums* sums) {
  for (; count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word >> 16, values + (word & 0xFFFFU) / sizeof *values, sums);
  }
}

MICRONETS_INLINE void add_dense_s16(const uint32_t* words, int32_t count, const int16_t* values,
                                    LaneSums* sums) {
  for (; count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word, values, sums);
    add_lanes_s16(word >> 16, values + kLanes, sums);
    values += 2 * kLanes;
  }
}
#endif

/// Adds the products of a unit's first `count` words of weights and of `values`.
MICRONETS_INLINE void add_products_s16(const UnitS16& unit, int32_t count, const int16_t* values,
                                       LaneSums* sums) {
  if (count == 0) return;
  if (unit.is_dense()) {
    add_dense_s16(unit.weights, count, values, sums);
  } else {
    add_sparse_s16(unit.weights, count, values, sums);
  }
}

/// What bends the sums of a cell.
struct FastGRNNTables {
  const uint16_t* gates;   // in steps of 2^-16
  const int16_t* updates;  // in steps of 2^-14, as states
  const uint16_t* mixes;   // the share of the update, in steps of 2^-15; null: what the gate leaves
};

/// The entry of a table for `sum`, whose entries are 2 to the power of `Shift` apart.
template <int Shift, typename Entry>
MICRONETS_INLINE int32_t table_entry(const Entry* table, int32_t sum) {
  int32_t index = sum >> Shift;
  index = index < -kHalfTable ? -kHalfTable : index;
  index = index > kHalfTable - 1 ? kHalfTable - 1 : index;
  return read(table + kHalfTable + index);
}

/// The new state of a lane, from the sums for its gate and for its update.
template <int Fraction, bool Mixes>
MICRONETS_INLINE int16_t bend_s16(const FastGRNNTables& tables, int32_t sum, int32_t update_sum,
                                  int32_t old) {
  const int32_t gate = table_entry<Fraction - 7>(tables.gates, sum);
  const int32_t update = table_entry<Fraction - 8>(tables.updates, update_sum);
  if (!Mixes) return static_cast<int16_t>(update + ((gate * (old - update)) >> 16));
  const int32_t share = table_entry<Fraction - 7>(tables.mixes, sum);
  const int32_t mixed = (gate * old >> 16) + (share * update >> 15);
  return static_cast<int16_t>(mixed < -32768 ? -32768 : mixed > 32767 ? 32767 : mixed);
}

/// The new states of a unit; `more` is what sums for updates are larger than those for gates.
template <int Fraction, bool Mixes>
MICRONETS_INLINE void bend_lanes_s16(const FastGRNNTables& tables, LaneSums sums, int32_t more,
                                     const int16_t* old, int16_t* states) {
#if MICRONETS_DSP
  if (!Mixes) {
    uint32_t low;
    uint32_t high;
    __asm__ volatile(
#define MICRONETS_BEND_PAIR(first, second, offset)    \
  "add %[low], " first                                \
  ", %[more]\n"                                       \
  "add %[high], " second                              \
  ", %[more]\n"                                       \
  "ssat %[low], #11, %[low], asr %[update_shift]\n"   \
  "ssat %[high], #11, %[high], asr %[update_shift]\n" \
  "ldrsh %[low], [%[updates], %[low], lsl #1]\n"      \
  "ldrsh %[high], [%[updates], %[high], lsl #1]\n"    \
  "ssat " first ", #11, " first                       \
  ", asr %[gate_shift]\n"                             \
  "ssat " second ", #11, " second                     \
  ", asr %[gate_shift]\n"                             \
  "ldrh " first ", [%[gates], " first                 \
  ", lsl #1]\n"                                       \
  "ldrh " second ", [%[gates], " second               \
  ", lsl #1]\n"                                       \
  "pkhbt %[low], %[low], %[high], lsl #16\n"          \
  "ldr %[high], [%[old], #" offset                    \
  "]\n"                                               \
  "ssub16 %[high], %[high], %[low]\n"                 \
  "smulwb " first ", " first                          \
  ", %[high]\n"                                       \
  "smulwt " second ", " second                        \
  ", %[high]\n"                                       \
  "pkhbt " first ", " first ", " second               \
  ", lsl #16\n"                                       \
  "sadd16 %[low], %[low], " first                     \
  "\n"                                                \
  "str %[low], [%[states], #" offset "]\n"
        MICRONETS_BEND_PAIR("%[lane0]", "%[lane1]", "0")
            MICRONETS_BEND_PAIR("%[lane2]", "%[lane3]", "4")
#undef MICRONETS_BEND_PAIR
        : [low] "=&r"(low), [high] "=&r"(high), [lane0] "+&r"(sums.lane0),
          [lane1] "+&r"(sums.lane1), [lane2] "+&r"(sums.lane2), [lane3] "+&r"(sums.lane3)
        : [more] "r"(more), [gates] "r"(tables.gates + kHalfTable),
          [updates] "r"(tables.updates + kHalfTable), [old] "r"(old), [states] "r"(states),
          [gate_shift] "I"(Fraction - 7), [update_shift] "I"(Fraction - 8)
        : "memory");
    return;
  }
#endif
  states[0] = bend_s16<Fraction, Mixes>(tables, sums.lane0, sums.lane0 + more, old[0]);
  states[1] = bend_s16<Fraction, Mixes>(tables, sums.lane1, sums.lane1 + more, old[1]);
  states[2] = bend_s16<Fraction, Mixes>(tables, sums.lane2, sums.lane2 + more, old[2]);
  states[3] = bend_s16<Fraction, Mixes>(tables, sums.lane3, sums.lane3 + more, old[3]);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_S8_H_
