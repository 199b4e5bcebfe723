// micronets/core/fastgrnn_s8.h - steps of FastGRNN cells in integers, four at once.
#ifndef MICRONETS_CORE_FASTGRNN_S8_H_
#define MICRONETS_CORE_FASTGRNN_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/dsp.h"
#include "micronets/core/rnnpool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Half the entries of a table.
constexpr int32_t kHalfTable = 1024;

/// The entry of a table for `sum`, whose entries are 2 to the power of `shift` apart.
template <int Shift>
MICRONETS_INLINE int32_t entry_s16(const int16_t* table, int32_t sum) {
#if MICRONETS_DSP
  int32_t index;
  __asm__("ssat %0, #11, %1, asr %2" : "=r"(index) : "r"(sum), "I"(Shift));
#else
  int32_t index = sum >> Shift;
  index = index < -kHalfTable ? -kHalfTable : index;
  index = index > kHalfTable - 1 ? kHalfTable - 1 : index;
#endif
  return read(table + kHalfTable + index);
}

/// Of four lanes.
struct Sums {
  int32_t lane0;
  int32_t lane1;
  int32_t lane2;
  int32_t lane3;

  MICRONETS_INLINE void add(int32_t value) {
    lane0 += value;
    lane1 += value;
    lane2 += value;
    lane3 += value;
  }
};

/// Adds the products of `count` entries and four lanes each of `values`. An entry is a weight above
/// the place in bytes of what it is multiplied by. Returns the next entry.
MICRONETS_INLINE const uint32_t* add_products_s16(const uint32_t* entries, int32_t count,
                                                  const int16_t* values, Sums* sums) {
#if MICRONETS_DSP
  uint32_t entry;
  uint32_t low;
  uint32_t high;
  __asm__(
      "cbz %[count], 2f\n"
      "1: ldr %[entry], [%[entries]], #4\n"
      "uxtah %[low], %[values], %[entry]\n"
      "ldrd %[low], %[high], [%[low]]\n"
      "smlabt %[lane0], %[low], %[entry], %[lane0]\n"
      "smlatt %[lane1], %[low], %[entry], %[lane1]\n"
      "smlabt %[lane2], %[high], %[entry], %[lane2]\n"
      "smlatt %[lane3], %[high], %[entry], %[lane3]\n"
      "subs %[count], %[count], #1\n"
      "bne 1b\n"
      "2:\n"
      : [entries] "+r"(entries), [count] "+l"(count), [entry] "=&r"(entry), [low] "=&r"(low),
        [high] "=&r"(high), [lane0] "+r"(sums->lane0), [lane1] "+r"(sums->lane1),
        [lane2] "+r"(sums->lane2), [lane3] "+r"(sums->lane3)
      : [values] "r"(values)
      : "cc", "memory");
#else
  for (; count > 0; --count) {
    const uint32_t entry = read(entries++);
    const int32_t weight = static_cast<int16_t>(entry >> 16);
    const int16_t* const lanes = values + (entry & 0xFFFFU) / sizeof *values;
    sums->lane0 += weight * lanes[0];
    sums->lane1 += weight * lanes[1];
    sums->lane2 += weight * lanes[2];
    sums->lane3 += weight * lanes[3];
  }
#endif
  return entries;
}

/// What bends the sums of a cell.
struct FastGRNNTables {
  const int16_t* gates;    // in steps of 2^-15
  const int16_t* updates;  // in steps of 2^-14, as states
  const int16_t* mixes;    // the share of the update, in steps of 2^-15; null: what the gate leaves
};

/// The new state of a lane.
template <int Fraction, bool Mixes>
MICRONETS_INLINE int32_t bend_s16(const FastGRNNTables& tables, int32_t sum, int32_t update_sum,
                                  int32_t old) {
  const int32_t gate = entry_s16<Fraction - 7>(tables.gates, sum);
  const int32_t update = entry_s16<Fraction - 8>(tables.updates, update_sum);
  if (!Mixes) return update + ((gate * (old - update) + 0x4000) >> 15);
  const int32_t share = entry_s16<Fraction - 7>(tables.mixes, sum);
  const int32_t mixed = (gate * old + share * update + 0x4000) >> 15;
  return mixed < -32768 ? -32768 : mixed > 32767 ? 32767 : mixed;
}

/// The new states of a unit, from sums without the biases; `biases` are of gate and update.
template <int Fraction, bool Mixes>
MICRONETS_INLINE void bend_lanes_s16(const FastGRNNTables& tables, const int32_t* biases, Sums sums,
                                     const int16_t* old, int16_t* states) {
  const int32_t bias = read(biases);
  const int32_t more = read(biases + 1) - bias;
  sums.add(bias);
  states[0] = static_cast<int16_t>(
      bend_s16<Fraction, Mixes>(tables, sums.lane0, sums.lane0 + more, old[0]));
  states[1] = static_cast<int16_t>(
      bend_s16<Fraction, Mixes>(tables, sums.lane1, sums.lane1 + more, old[1]));
  states[2] = static_cast<int16_t>(
      bend_s16<Fraction, Mixes>(tables, sums.lane2, sums.lane2 + more, old[2]));
  states[3] = static_cast<int16_t>(
      bend_s16<Fraction, Mixes>(tables, sums.lane3, sums.lane3 + more, old[3]));
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_FASTGRNN_S8_H_
