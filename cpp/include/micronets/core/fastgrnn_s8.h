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

/// What a unit of a cell reads, word by word: counts, a bias, and weights of two kinds.
///   sparse  a weight above 16 bits, below it the place in bytes of the lanes that it belongs to
///   dense   two weights, of neighbouring states, all of them; behind the sparse ones
struct UnitS16 {
  uint32_t counts;  // of sparse weights of inputs, of all sparse weights, of dense words: a byte
                    // each; bit 31 marks the last unit
  int32_t bias;
  const uint32_t* weights;

  MICRONETS_INLINE explicit UnitS16(const uint32_t* words)
      : counts(read(words)), bias(static_cast<int32_t>(read(words + 1))), weights(words + 2) {}
  MICRONETS_INLINE int32_t inputs() const { return static_cast<int32_t>(counts & 0xFFU); }
  MICRONETS_INLINE int32_t sparse() const { return static_cast<int32_t>(counts >> 8 & 0xFFU); }
  MICRONETS_INLINE int32_t dense() const { return static_cast<int32_t>(counts >> 16 & 0xFFU); }
  MICRONETS_INLINE bool is_last() const { return (counts >> 31) != 0; }
  MICRONETS_INLINE const uint32_t* end() const { return weights + sparse() + dense(); }
};

/// A weight times four lanes.
MICRONETS_INLINE void add_lanes_s16(uint32_t weight_bits, const int16_t* lanes, LaneSums* sums) {
  const int32_t weight = static_cast<int16_t>(weight_bits & 0xFFFFU);
  sums->lane0 += weight * lanes[0];
  sums->lane1 += weight * lanes[1];
  sums->lane2 += weight * lanes[2];
  sums->lane3 += weight * lanes[3];
}

/// A unit's bias with the products of its first `count` sparse weights and `values`, and of its
/// dense weights and `states` unless that is null.
MICRONETS_INLINE LaneSums sum_unit_s16(const UnitS16& unit, int32_t count, const int16_t* values,
                                       const int16_t* states) {
  LaneSums sums = {unit.bias, unit.bias, unit.bias, unit.bias};
  const uint32_t* words = unit.weights;
  for (; count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word >> 16, values + (word & 0xFFFFU) / sizeof *values, &sums);
  }
  if (states == nullptr) return sums;
  for (count = unit.dense(); count > 0; --count) {
    const uint32_t word = read(words++);
    add_lanes_s16(word, states, &sums);
    add_lanes_s16(word >> 16, states + kLanes, &sums);
    states += 2 * kLanes;
  }
  return sums;
}

/// The entry of a table for `sum`, whose entries are 2 to the power of `Shift` apart.
template <int Shift, typename Entry>
MICRONETS_INLINE int32_t table_entry(const Entry* table, int32_t sum) {
  int32_t index = sum >> Shift;
  index = index < -kHalfTable ? -kHalfTable : index;
  index = index > kHalfTable - 1 ? kHalfTable - 1 : index;
  return read(table + kHalfTable + index);
}

/// A step of a cell. `shift` is 0 in the first one, whose states are zero, else 8: the place of the
/// count of weights that it reads.
struct FastGRNNStep {
  const uint32_t* words;
  const int16_t* values;  // the lanes of inputs, then of states
  const int16_t* states;
  int16_t* to;
  const uint16_t* gates;   // in steps of 2^-16; the middle of the table
  const int16_t* updates;  // in steps of 2^-14, as states; the middle of the table
  int32_t shift;
  const uint16_t* mixes;  // the share of the update, in steps of 2^-15; null: what the gate leaves
};

/// Steps in plain C++.
template <int Fraction, bool Mixes>
struct FastGRNNUnits {
  static MICRONETS_FAST_KERNEL void run(const FastGRNNStep* step) {
    const uint32_t* words = step->words;
    const int16_t* old = step->states;
    int16_t* to = step->to;
    const int16_t* const states = step->shift == 0 ? nullptr : step->states;
    bool is_last = false;
    while (!is_last) {
      const UnitS16 unit(words);
      const int32_t count = step->shift == 0 ? unit.inputs() : unit.sparse();
      const LaneSums sums = sum_unit_s16(unit, count, step->values, states);
      words = unit.end();
      const int32_t more = static_cast<int32_t>(read(words++));
      *to++ = bend(*step, sums.lane0, more, *old++);
      *to++ = bend(*step, sums.lane1, more, *old++);
      *to++ = bend(*step, sums.lane2, more, *old++);
      *to++ = bend(*step, sums.lane3, more, *old++);
      is_last = unit.is_last();
    }
  }

 private:
  /// The new state of a lane from what its gate sums up, and how much more its update does.
  MICRONETS_INLINE static int16_t bend(const FastGRNNStep& step, int32_t sum, int32_t more,
                                       int32_t old) {
    const int32_t gate = table_entry<Fraction - 7>(step.gates - kHalfTable, sum);
    const int32_t update = table_entry<Fraction - 8>(step.updates - kHalfTable, sum + more);
    if (!Mixes) return static_cast<int16_t>(update + (gate * (old - update) >> 16));
    const int32_t share = table_entry<Fraction - 7>(step.mixes, sum);
    const int32_t mixed = (gate * old >> 16) + (share * update >> 15);
    return static_cast<int16_t>(mixed < -32768 ? -32768 : mixed > 32767 ? 32767 : mixed);
  }
};

#if MICRONETS_DSP
// A sparse weight times four lanes.
#define MICRONETS_SPARSE_WEIGHT                                \
  "ldr r4, [r0], #4; uxtah r12, r1, r4; ldrd r12, lr, [r12]\n" \
  "smlabt r6, r12, r4, r6; smlatt r7, r12, r4, r7\n"           \
  "smlabt r8, lr, r4, r8; smlatt r9, lr, r4, r9\n"

// The new states of two lanes.
#define MICRONETS_BEND(sum, next)                                        \
  "add r12, " sum ", r11; add lr, " next                                 \
  ", r11\n"                                                              \
  "ssat r12, #11, r12, asr %[update]; ssat lr, #11, lr, asr %[update]\n" \
  "ldrsh r12, [r5, r12, lsl #1]; ldrsh lr, [r5, lr, lsl #1]\n"           \
  "ssat " sum ", #11, " sum ", asr %[gate]; ssat " next ", #11, " next   \
  ", asr %[gate]\n"                                                      \
  "ldrh " sum ", [r4, " sum ", lsl #1]; ldrh " next ", [r4, " next       \
  ", lsl #1]\n"                                                          \
  "pkhbt r12, r12, lr, lsl #16; ldr lr, [r2], #4; ssub16 lr, lr, r12\n"  \
  "smulwb " sum ", " sum ", lr; smulwt " next ", " next                  \
  ", lr\n"                                                               \
  "pkhbt " sum ", " sum ", " next ", lsl #16; sadd16 r12, r12, " sum     \
  "\n"                                                                   \
  "str r12, [r3], #4\n"

/// The same with four sums in registers r6 to r9. r0 to r3 are the step's first four pointers, r10
/// the counts, r5 between sums the shift; the stack holds the tables, the shift and the states.
template <int Fraction>
struct FastGRNNUnits<Fraction, false> {
  static MICRONETS_KERNEL void run(const FastGRNNStep* step) {
    register const FastGRNNStep* r0 __asm__("r0") = step;
    __asm__ volatile(
        "push {r4-r11, lr}; ldmia r0, {r0-r6}\n"
        "mov r7, r2; push {r4-r7}; mov r5, r6\n"
        "1: ldrd r10, r6, [r0], #8; mov r7, r6; mov r8, r6; mov r9, r6\n"
        // Into a loop of eight weights, so that those left over come first.
        "lsr r11, r10, r5; uxtb r11, r11; and r12, r11, #7; lsr r11, r11, #3\n"
        "tbb [pc, r12]\n"
        "2: .byte (20f-2b)/2, (11f-2b)/2, (12f-2b)/2, (13f-2b)/2\n"
        ".byte (14f-2b)/2, (15f-2b)/2, (16f-2b)/2, (17f-2b)/2\n"
        "18: " MICRONETS_SPARSE_WEIGHT "17: " MICRONETS_SPARSE_WEIGHT
        "16: " MICRONETS_SPARSE_WEIGHT "15: " MICRONETS_SPARSE_WEIGHT
        "14: " MICRONETS_SPARSE_WEIGHT "13: " MICRONETS_SPARSE_WEIGHT
        "12: " MICRONETS_SPARSE_WEIGHT "11: " MICRONETS_SPARSE_WEIGHT
        "20: subs r11, r11, #1; bpl 18b\n"
        "cbnz r5, 3f\n"
        // In the first step the weights of states are passed over.
        "ubfx r11, r10, #8, #8; uxtb r12, r10; sub r11, r11, r12\n"
        "ubfx r12, r10, #16, #8; add r11, r11, r12; add r0, r0, r11, lsl #2; b 5f\n"
        "3: ubfx r4, r10, #16, #8; cbz r4, 5f; ldr r11, [sp, #12]\n"
        "4: ldr r5, [r0], #4; ldrd r12, lr, [r11], #8\n"
        "smlabb r6, r12, r5, r6; smlatb r7, r12, r5, r7\n"
        "smlabb r8, lr, r5, r8; smlatb r9, lr, r5, r9\n"
        "ldrd r12, lr, [r11], #8\n"
        "smlabt r6, r12, r5, r6; smlatt r7, r12, r5, r7\n"
        "smlabt r8, lr, r5, r8; smlatt r9, lr, r5, r9\n"
        "subs r4, r4, #1; bne 4b\n"
        "5: ldr r11, [r0], #4; ldrd r4, r5, [sp]\n"
        MICRONETS_BEND("r6", "r7") MICRONETS_BEND("r8", "r9")
        "ldr r5, [sp, #8]; cmp r10, #0; bge 1b\n"
        "add sp, sp, #16; pop {r4-r11, lr}\n"
        : "+r"(r0)
        : [gate] "I"(Fraction - 7), [update] "I"(Fraction - 8)
        : "r1", "r2", "r3", "r12", "cc", "memory");
  }
};

#undef MICRONETS_SPARSE_WEIGHT
#undef MICRONETS_BEND
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_S8_H_
