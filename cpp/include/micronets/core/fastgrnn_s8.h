// micronets/core/fastgrnn_s8.h - steps of FastGRNN cells in integers, four at once.
#ifndef MICRONETS_CORE_FASTGRNN_S8_H_
#define MICRONETS_CORE_FASTGRNN_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/fastgrnn_units_s8.h"
#include "micronets/core/lanes.h"

namespace micronets {
inline namespace v1 {

/// Tables of gates and updates have 2048 entries.
constexpr int32_t kHalfTable = 1024;

/// The entry of a table for `sum`, whose entries are 2 to the power of `Shift` apart.
template <int Shift, typename Entry>
MICRONETS_INLINE int32_t table_entry(const Entry* table, int32_t sum) {
  int32_t index = sum >> Shift;
  index = index < -kHalfTable ? -kHalfTable : index;
  index = index > kHalfTable - 1 ? kHalfTable - 1 : index;
  return read(table + kHalfTable + index);
}

/// A step of a cell.
struct FastGRNNStep {
  const uint32_t* words;
  int16_t* values;  // the lanes of inputs, then of states
  int16_t* states;
  int16_t* to;
  const uint16_t* gates;   // in steps of 2^-16; the middle of the table
  const int16_t* updates;  // in steps of 2^-14, as states; the middle of the table
  const uint16_t* mixes;   // the share of the update, in steps of 2^-15; null: what the gate leaves
  const uint32_t* next;    // the words of the next time
};

/// Steps in plain C++, and `project`: sums without bends, what states add to the next cell, in 16
/// bits of 14 fewer behind the point.
template <int Fraction, bool Mixes>
struct FastGRNNUnits {
  static MICRONETS_FAST_KERNEL void run(const FastGRNNStep* step) {
    const uint32_t* words = step->words;
    const int16_t* old = step->states;
    int16_t* to = step->to;
    bool is_last = false;
    while (!is_last) {
      const UnitS16 unit(words);
      const LaneSums sums = sum_unit_s16(unit, step->values, step->states, &words);
      *to++ = bend(*step, sums.lane0, unit.more, *old++);
      *to++ = bend(*step, sums.lane1, unit.more, *old++);
      *to++ = bend(*step, sums.lane2, unit.more, *old++);
      *to++ = bend(*step, sums.lane3, unit.more, *old++);
      is_last = unit.is_last();
    }
  }

  static MICRONETS_FAST_KERNEL void project(const uint32_t* words, int16_t* states,
                                            Lanes<int16_t> to) {
    bool is_last = false;
    while (!is_last) {
      const UnitS16 unit(words);
      LaneSums sums = {unit.bias, unit.bias, unit.bias, unit.bias};
      words = add_sparse_s16(unit.weights, unit.sparse(), states, &sums);
      *to.lane0++ = static_cast<int16_t>(sums.lane0 >> 14);
      *to.lane1++ = static_cast<int16_t>(sums.lane1 >> 14);
      *to.lane2++ = static_cast<int16_t>(sums.lane2 >> 14);
      *to.lane3++ = static_cast<int16_t>(sums.lane3 >> 14);
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

// The new states of two lanes with sums in `low` and `high`, to `low`; `load` brings those before
// into `old`.
#define MICRONETS_BEND(low, high, load, old)                             \
  "add r12, " low ", r11; add lr, " high                                 \
  ", r11\n"                                                              \
  "ssat r12, #11, r12, asr %[update]; ssat lr, #11, lr, asr %[update]\n" \
  "ldrsh r12, [r5, r12, lsl #1]; ldrsh lr, [r5, lr, lsl #1]\n"           \
  "ssat " low ", #11, " low ", asr %[gate]; ssat " high ", #11, " high   \
  ", asr %[gate]\n"                                                      \
  "ldrh " low ", [r4, " low ", lsl #1]; ldrh " high ", [r4, " high       \
  ", lsl #1]\n"                                                          \
  "pkhbt r12, r12, lr, lsl #16\n" load "ssub16 lr, " old                 \
  ", r12\n"                                                              \
  "smulwb " low ", " low ", lr; smulwt " high ", " high                  \
  ", lr\n"                                                               \
  "pkhbt " low ", " low ", " high ", lsl #16; sadd16 " low ", r12, " low "\n"

/// The same with four sums in registers r6 to r9. r0 to r3 are the step's first four pointers, r5
/// the updates, r10 the counts and then the states of two lanes; the stack holds gates and states.
/// From the counts on, the carry marks the last unit.
template <int Fraction>
struct FastGRNNUnits<Fraction, false> {
  static MICRONETS_KERNEL void run(const FastGRNNStep* step) {
    register const FastGRNNStep* r0 __asm__("r0") = step;
    __asm__ volatile(
        "push {r4-r11, lr}; ldmia r0, {r0-r5}\n"
        "push {r2, r4}\n"
        // The first weight starts the sums.
        "1: ldmia r0!, {r9, r10, r11}\n"
        "ldr r4, [r0], #4; uxtah lr, r1, r4; ldrd r7, lr, [lr]\n"
        "smlabt r6, r7, r4, r9; smlatt r7, r7, r4, r9\n"
        "smlabt r8, lr, r4, r9; smlatt r9, lr, r4, r9\n"
        // Into code for fifteen weights, of 28 bytes each; before that those above 16, one by one.
        "and r12, r10, #31; tbb [pc, r12]\n"
        "2: .irp weights, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        ".byte (5f - 2b) / 2 - 14 * \\weights\n"
        ".endr\n"
        ".byte (3f - 2b) / 2, 0\n"
        "3: push {r11}; ubfx r11, r10, #8, #8\n"
        "4: " MICRONETS_SPARSE_WEIGHT "subs r11, r11, #1; bne 4b; pop {r11}\n"
        ".rept 15\n" MICRONETS_SPARSE_WEIGHT ".endr\n"
        "5: lsrs r4, r10, #24; beq 7f; cmp r4, #255; beq 8f\n"
        "push {r5, r11}; ldr r11, [sp, #8]\n"
        "6: ldr r5, [r0], #4; ldrd r12, lr, [r11], #8\n"
        "smlabb r6, r12, r5, r6; smlatb r7, r12, r5, r7\n"
        "smlabb r8, lr, r5, r8; smlatb r9, lr, r5, r9\n"
        "ldrd r12, lr, [r11], #8\n"
        "smlabt r6, r12, r5, r6; smlatt r7, r12, r5, r7\n"
        "smlabt r8, lr, r5, r8; smlatt r9, lr, r5, r9\n"
        "subs r4, r4, #1; bne 6b; pop {r5, r11}; lsls r4, r10, #9\n"
        "7: ldr r4, [sp, #4]\n"
        MICRONETS_BEND("r6", "r7", "ldrd lr, r10, [r2], #8\n", "lr")
        MICRONETS_BEND("r8", "r9", "", "r10")
        "strd r6, r8, [r3], #8; bcc 1b; b 9f\n"
        "8: ldr r4, [sp, #4]; asr r6, r6, #14; asr r7, r7, #14\n"
        "asr r8, r8, #14; asr r9, r9, #14\n"
        "strh r6, [r3], #2; strh r7, [r2], #2; strh r8, [r5], #2; strh r9, [r4], #2\n"
        "str r4, [sp, #4]; lsls r4, r10, #9; bcc 1b\n"
        "9: add sp, sp, #8; pop {r4-r11, lr}\n"
        : "+r"(r0)
        : [gate] "I"(Fraction - 7), [update] "I"(Fraction - 8)
        : "r1", "r2", "r3", "r12", "cc", "memory");
  }

  // The same code: where the sums go is in place of old states, new ones, updates and gates.
  MICRONETS_INLINE static void project(const uint32_t* words, int16_t* states,
                                       const Lanes<int16_t>& to) {
    const uint16_t* const lane3 = reinterpret_cast<const uint16_t*>(to.lane3);
    const FastGRNNStep step = {words, states,   to.lane1, to.lane0,
                               lane3, to.lane2, nullptr,  nullptr};
    run(&step);
  }
};

#undef MICRONETS_SPARSE_WEIGHT
#undef MICRONETS_BEND
#endif

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_S8_H_
