// micronets/kernels/rnnpool2d_s8.h - RNNPool: recurrent cells sum up the patches of a map of codes.
#ifndef MICRONETS_KERNELS_RNNPOOL2D_S8_H_
#define MICRONETS_KERNELS_RNNPOOL2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/fastgrnn_s8.h"
#include "micronets/core/requantize.h"
#include "micronets/core/rnnpool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Both cells, without the zeros of their matrices, as entries for `add_products_s16`. Those of a
/// unit of the first cell are of its inputs, which lie behind its states, then of the states.
struct RNNPool2DS8 {
  Shape input;
  Shape output;
  Window window;
  Size units1;
  Size units2;
  Size fraction;             // bits of a sum behind the binary point: 25 or 22
  const uint32_t* rnn1;      // of the first cell
  const uint32_t* project2;  // what states of the first cell add to the second
  const uint32_t* rnn2;      // of the second cell's states
  const uint16_t* counts;    // [unit of rnn1][inputs, states], [unit] of project2, [unit] of rnn2
  const int32_t* biases;     // [unit of rnn1][gate, update], [unit of rnn2][gate, update]
  const int16_t* gates;      // 2048, see `FastGRNNTables`
  const int16_t* updates;    // 2048
  const int16_t* mixes;      // of rnn1, of rnn2; or null

  constexpr bool consistent() const {
    return pools_to(input, window, units2, output) && (fraction == 25 || fraction == 22);
  }
  constexpr int32_t unit_values() const { return 2 * (int32_t{units1} + units2); }
};

/// The arithmetic of `RNNPoolRow` in integers. States are counted in steps of 2^-14; of sums
/// `Fraction` bits are behind the binary point; what the second cell reads has 15 fewer.
template <int Fraction, bool Mixes>
struct RNNPoolCellsS8 {
  typedef RNNPool2DS8 Params;
  typedef int16_t Value;
  typedef int8_t Output;
  const RNNPool2DS8& p;

  template <typename Input>
  MICRONETS_INLINE int16_t load(const Input& input, int32_t i) const {
    return static_cast<int16_t>(input[i] * 256);
  }

  MICRONETS_FAST_KERNEL void step1(bool first, const int16_t* from, int16_t* to) const {
    const FastGRNNTables tables = {p.gates, p.updates, p.mixes};
    const uint32_t* entries = p.rnn1;
    for (int32_t unit = 0; unit < p.units1; ++unit) {
      const int32_t inputs = read(p.counts + 2 * unit);
      const int32_t states = read(p.counts + 2 * unit + 1);
      Sums sums = {0, 0, 0, 0};
      add_products_s16(entries, first ? inputs : inputs + states, from, &sums);
      entries += inputs + states;
      bend_lanes_s16<Fraction, Mixes>(tables, p.biases + 2 * unit, sums, from + unit * kLanes,
                                      to + unit * kLanes);
    }
  }

  MICRONETS_FAST_KERNEL void project(const int16_t* states, int16_t* projected) const {
    const uint32_t* entries = p.project2;
    const uint16_t* const counts = p.counts + 2 * p.units1;
    for (int32_t unit = 0; unit < p.units2; ++unit) {
      Sums sums = {0x4000, 0x4000, 0x4000, 0x4000};  // halves are rounded up
      entries = add_products_s16(entries, read(counts + unit), states, &sums);
      *projected++ = static_cast<int16_t>(sums.lane0 >> 15);
      *projected++ = static_cast<int16_t>(sums.lane1 >> 15);
      *projected++ = static_cast<int16_t>(sums.lane2 >> 15);
      *projected++ = static_cast<int16_t>(sums.lane3 >> 15);
    }
  }

  MICRONETS_FAST_KERNEL void step2(bool first, const int16_t* const* inputs, const int16_t* from,
                                   int16_t* to) const {
    const FastGRNNTables tables = {p.gates, p.updates, Mixes ? p.mixes + 2 * kHalfTable : nullptr};
    const uint32_t* entries = p.rnn2;
    const uint16_t* const counts = p.counts + 2 * p.units1 + p.units2;
    for (int32_t unit = 0; unit < p.units2; ++unit) {
      Sums sums = {widened(inputs[0][unit]), widened(inputs[1][unit]), widened(inputs[2][unit]),
                   widened(inputs[3][unit])};
      if (!first) entries = add_products_s16(entries, read(counts + unit), from, &sums);
      bend_lanes_s16<Fraction, Mixes>(tables, p.biases + 2 * (p.units1 + unit), sums,
                                      from + unit * kLanes, to + unit * kLanes);
    }
  }

  MICRONETS_INLINE int8_t result(int16_t state) const {
    return static_cast<int8_t>(saturate_s8((int32_t{state} + 64) >> 7));
  }

 private:
  MICRONETS_INLINE static int32_t widened(int16_t projected) { return int32_t{projected} * 0x8000; }
};

template <int Fraction, bool Mixes, typename Input>
MICRONETS_KERNEL void rnnpool2d_s8_patches(const RNNPool2DS8& p, const Rows<Input>& rows, int32_t y,
                                           int8_t* output, int16_t* scratch) {
  rnnpool2d_row(RNNPoolCellsS8<Fraction, Mixes>{p}, rows, y, output, scratch);
}

/// Computes output row `y`. scratch: see `RNNPoolMemory`; the same from row 0 on.
template <typename Input>
MICRONETS_INLINE void rnnpool2d_s8_row(const RNNPool2DS8& p, const Rows<Input>& rows, int32_t y,
                                       int8_t* output, void* scratch) {
  int16_t* const memory = static_cast<int16_t*>(scratch);
  if (p.mixes != nullptr) {
    if (p.fraction == 25) return rnnpool2d_s8_patches<25, true>(p, rows, y, output, memory);
    return rnnpool2d_s8_patches<22, true>(p, rows, y, output, memory);
  }
  if (p.fraction == 25) return rnnpool2d_s8_patches<25, false>(p, rows, y, output, memory);
  return rnnpool2d_s8_patches<22, false>(p, rows, y, output, memory);
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void rnnpool2d_s8(const RNNPool2DS8& p, Input input, int8_t* output, void* scratch) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    rnnpool2d_s8_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride(), scratch);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_RNNPOOL2D_S8_H_
