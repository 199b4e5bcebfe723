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

/// Both cells, unit by unit the words of `UnitS16`.
struct RNNPool2DS8 {
  Shape input;
  Shape output;
  Window window;
  Size units1;
  Size units2;
  Size fraction;             // bits of a sum behind the binary point: 25 or 22
  const uint32_t* first1;    // of the first cell without states, for its first step
  const uint32_t* rnn1;      // of the first cell
  const uint32_t* project2;  // what states of the first cell add to the second
  const uint32_t* first2;    // of the second cell, which reads that; for its first step
  const uint32_t* rnn2;      // of the second cell
  const uint16_t* gates;     // 2048, see `FastGRNNStep`
  const int16_t* updates;    // 2048
  const uint16_t* mixes;     // of rnn1, of rnn2; or null

  constexpr bool consistent() const {
    return pools_to(input, window, units2, output) && (fraction == 25 || fraction == 22);
  }
};

/// The arithmetic of `RNNPoolRow` in integers. States are counted in steps of 2^-14; of sums
/// `Fraction` bits are behind the binary point; what the second cell reads has 14 fewer.
template <int Fraction, bool Mixes>
struct RNNPoolCellsS8 {
  typedef RNNPool2DS8 Params;
  typedef int16_t Value;
  typedef int8_t Output;
  const RNNPool2DS8& p;

  template <typename Input>
  MICRONETS_INLINE void load(const Places<Input>& inputs, int32_t i, int16_t* to) const {
#if MICRONETS_DSP
    store_4(upper_bytes(inputs.lane0[i], inputs.lane1[i]), to);
    store_4(upper_bytes(inputs.lane2[i], inputs.lane3[i]), to + 2);
#else
    to[0] = static_cast<int16_t>(inputs.lane0[i] * 256);
    to[1] = static_cast<int16_t>(inputs.lane1[i] * 256);
    to[2] = static_cast<int16_t>(inputs.lane2[i] * 256);
    to[3] = static_cast<int16_t>(inputs.lane3[i] * 256);
#endif
  }

  /// Steps of a cell.
  class Walk {
   public:
    MICRONETS_INLINE int16_t* inputs(int32_t i) const { return steps_[i % 2].values; }
    MICRONETS_INLINE int16_t* states(int32_t i) const { return steps_[i % 2].states; }
    MICRONETS_INLINE void begin() { steps_[0].words = first_; }
    MICRONETS_INLINE void step(int32_t i) {
      FastGRNNStep& step = steps_[i % 2];
      FastGRNNUnits<Fraction, Mixes>::run(&step);
      step.words = step.next;
    }

   protected:
    MICRONETS_INLINE Walk(const RNNPool2DS8& p, const uint32_t* first, const uint32_t* words,
                          const uint16_t* mixes, int32_t inputs, int16_t* even, int16_t* odd)
        : first_(first),
          steps_{{first, even, even + inputs, odd + inputs, p.gates + kHalfTable,
                  p.updates + kHalfTable, mixes, words},
                 {words, odd, odd + inputs, even + inputs, p.gates + kHalfTable,
                  p.updates + kHalfTable, mixes, words}} {}

   private:
    const uint32_t* const first_;
    FastGRNNStep steps_[2];
  };

  struct Walk1 : public Walk {
    MICRONETS_INLINE Walk1(const RNNPoolCellsS8& cells, int16_t* even, int16_t* odd)
        : Walk(cells.p, cells.p.first1, cells.p.rnn1, cells.p.mixes, inputs1(cells.p), even, odd) {}
  };

  struct Walk2 : public Walk {
    MICRONETS_INLINE Walk2(const RNNPoolCellsS8& cells, int16_t* even, int16_t* odd)
        : Walk(cells.p, cells.p.first2, cells.p.rnn2,
               Mixes ? cells.p.mixes + 2 * kHalfTable : nullptr, inputs2(cells.p), even, odd) {}
  };

  MICRONETS_INLINE void project(int16_t* states, const Lanes<int16_t>& to) const {
    FastGRNNUnits<Fraction, Mixes>::project(p.project2, states, to);
  }

  MICRONETS_INLINE int8_t result(int16_t state) const {
    return static_cast<int8_t>(saturate_s8((int32_t{state} + 64) >> 7));
  }
};

template <int Fraction, bool Mixes, typename Input>
MICRONETS_FAST_KERNEL void rnnpool2d_s8_patches(const RNNPool2DS8& p, const Rows<Input>& rows,
                                                int32_t y, int8_t* output, int16_t* scratch) {
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
