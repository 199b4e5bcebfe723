// micronets/kernels/rnnpool2d_f32.h - RNNPool: recurrent cells sum up the patches of a map.
#ifndef MICRONETS_KERNELS_RNNPOOL2D_F32_H_
#define MICRONETS_KERNELS_RNNPOOL2D_F32_H_

#include <stdint.h>

#include "micronets/core/arithmetic_f32.h"
#include "micronets/core/compiler.h"
#include "micronets/core/fastgrnn_f32.h"
#include "micronets/core/rnnpool2d.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// Both cells, without the zeros of their matrices. Units of the first one have the weights of its
/// inputs before those of its states.
struct RNNPool2DF32 {
  Shape input;
  Shape output;
  Window window;
  Size units1;
  Size units2;
  Bend gate;
  Bend update;
  const float* rnn1_weights;  // of the first cell, unit by unit
  const uint16_t* rnn1_places;
  const float* project2_weights;  // what states of the first cell add to the second
  const uint16_t* project2_places;
  const float* rnn2_weights;  // of the second cell's states
  const uint16_t* rnn2_places;
  const uint16_t*
      counts;  // [unit of rnn1][inputs, states], [unit of rnn2] of project2, of rnn2_weights
  const float* biases;  // [unit of rnn1][gate, update], [unit of rnn2][gate, update]
  const float* shares;  // sigmoid(zeta) and sigmoid(nu) of rnn1, of rnn2

  constexpr bool consistent() const { return pools_to(input, window, units2, output); }
  constexpr int32_t unit_values() const { return 2 * (int32_t{units1} + units2); }
};

/// The arithmetic of `RNNPoolRow` in float32.
struct RNNPoolCellsF32 {
  typedef RNNPool2DF32 Params;
  typedef float Value;
  typedef float Output;
  const RNNPool2DF32& p;

  template <typename Input>
  MICRONETS_INLINE void load(const Places<Input>& inputs, int32_t i, float* to) const {
    to[0] = inputs.lane0[i];
    to[1] = inputs.lane1[i];
    to[2] = inputs.lane2[i];
    to[3] = inputs.lane3[i];
  }

  /// Steps of cell 1 or 2.
  template <int Cell>
  class Walk {
   public:
    MICRONETS_INLINE Walk(const RNNPoolCellsF32& cells, float* even, float* odd)
        : cells_(cells), even_(even), odd_(odd) {}
    MICRONETS_INLINE float* inputs(int32_t i) const { return i % 2 == 0 ? even_ : odd_; }
    MICRONETS_INLINE float* states(int32_t i) const {
      return inputs(i) + (Cell == 1 ? inputs1(cells_.p) : inputs2(cells_.p));
    }
    MICRONETS_INLINE void begin() const {}
    MICRONETS_INLINE void step(int32_t i) const {
      if (Cell == 1) {
        cells_.step1(i == 0, inputs(i), inputs(i + 1));
      } else {
        cells_.step2(i == 0, inputs(i), inputs(i + 1));
      }
    }

   private:
    const RNNPoolCellsF32& cells_;
    float* const even_;
    float* const odd_;
  };
  typedef Walk<1> Walk1;
  typedef Walk<2> Walk2;

  MICRONETS_FAST_KERNEL void step1(bool first, const float* from, float* to) const {
    SparseF32 matrix = {p.rnn1_weights, p.rnn1_places};
    const float* const old = from + inputs1(p);
    to += inputs1(p);
    for (int32_t unit = 0; unit < p.units1; ++unit) {
      float sums[kLanes] = {0.0F, 0.0F, 0.0F, 0.0F};
      const int32_t inputs = read(p.counts + 2 * unit);
      const int32_t states = read(p.counts + 2 * unit + 1);
      add_products_f32(&matrix, inputs, from, sums);
      if (first) {
        matrix.weights += states;
        matrix.places += states;
      } else {
        add_products_f32(&matrix, states, from, sums);
      }
      bend(sums, p.biases + 2 * unit, p.shares, old + unit * kLanes, to + unit * kLanes);
    }
  }

  MICRONETS_FAST_KERNEL void project(const float* states, Lanes<float> to) const {
    SparseF32 matrix = {p.project2_weights, p.project2_places};
    for (int32_t unit = 0; unit < p.units2; ++unit) {
      float sums[kLanes] = {0.0F, 0.0F, 0.0F, 0.0F};
      add_products_f32(&matrix, read(p.counts + 2 * p.units1 + unit), states, sums);
      *to.lane0++ = sums[0];
      *to.lane1++ = sums[1];
      *to.lane2++ = sums[2];
      *to.lane3++ = sums[3];
    }
  }

  MICRONETS_FAST_KERNEL void step2(bool first, const float* from, float* to) const {
    SparseF32 matrix = {p.rnn2_weights, p.rnn2_places};
    const float* const old = from + inputs2(p);
    to += inputs2(p);
    for (int32_t unit = 0; unit < p.units2; ++unit) {
      const float* const inputs = from + unit * kLanes;
      float sums[kLanes] = {inputs[0], inputs[1], inputs[2], inputs[3]};
      const int32_t count = read(p.counts + 2 * p.units1 + p.units2 + unit);
      if (!first) add_products_f32(&matrix, count, old, sums);
      bend(sums, p.biases + 2 * (p.units1 + unit), p.shares + 2, old + unit * kLanes,
           to + unit * kLanes);
    }
  }

  MICRONETS_INLINE float result(float state) const { return state; }

 private:
  /// The new states of a unit from what gate and update share; `biases` and `shares` are pairs.
  MICRONETS_INLINE void bend(const float* sums, const float* biases, const float* shares,
                             const float* old, float* states) const {
    const float zeta = read(shares);
    const float nu = read(shares + 1);
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      const float gate = bend_f32(p.gate, sums[lane] + read(biases));
      const float update = bend_f32(p.update, sums[lane] + read(biases + 1));
      const float fresh = multiply_add(zeta, 1.0F - gate, nu) * update;
      states[lane] = multiply_add(gate, old[lane], fresh);
    }
  }
};

/// Computes output row `y`. scratch: see `RNNPoolMemory`; the same from row 0 on.
template <typename Input>
MICRONETS_KERNEL void rnnpool2d_f32_row(const RNNPool2DF32& p, const Rows<Input>& rows, int32_t y,
                                        float* output, void* scratch) {
  rnnpool2d_row(RNNPoolCellsF32{p}, rows, y, output, static_cast<float*>(scratch));
}

/// Computes the whole map; input and output must not overlap.
template <typename Input>
inline void rnnpool2d_f32(const RNNPool2DF32& p, Input input, float* output, void* scratch) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    rnnpool2d_f32_row(p, rows_of(p.input, input), y, output + y * p.output.row_stride(), scratch);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_RNNPOOL2D_F32_H_
