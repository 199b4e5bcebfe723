// micronets/core/conv2d_s8.h - the parameters of the int8 convolutions.
#ifndef MICRONETS_CORE_CONV2D_S8_H_
#define MICRONETS_CORE_CONV2D_S8_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/mve.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

constexpr Index even_s8(Index count) { return (count + 1) / 2 * 2; }

/// How the weights of a filter lie: that of row y and column x of the window and of channel c is
/// number `y * row + x * column + c * step`.
struct FilterLayoutS8 {
  Index row;
  Index column;
  Index step;
};

/// Any window. Output channels lie in pairs, the weights of both side by side; the last one may be
/// single. What lies side by side in a row of the input is a run of each filter: the whole row of
/// the window where the input is interleaved or has one channel, else the channels of one column.
/// A run of an odd number of weights is followed by a zero.
struct Conv2DS8 {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  int8_t input_zero_point;
  OutputRange range;
  uint8_t unrolled;           // pairs of channels, or of taps, that a loop takes a turn: 2 or 8
  const int8_t* weights;      // [pair of output channels][run][weight][output channel of the pair]
  const int32_t* bias;        // [output channel], with -zero point * sum of weights
  const int32_t* multiplier;  // [output channel]

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && output.is_planar() && range.consistent() &&
           (unrolled == 2 || unrolled == 8);
  }
  /// Whether a run is a row of the window, not a column.
  MICRONETS_CHOICE bool has_long_runs() const { return !input.is_planar() || input.channels == 1; }
  MICRONETS_CHOICE Index row_taps() const {
    return has_long_runs() ? even_s8(window.width * input.channels)
                           : window.width * even_s8(input.channels);
  }
  MICRONETS_CHOICE Index filter_taps() const { return window.height * row_taps(); }
  constexpr int32_t weight_count() const { return int32_t{output.channels} * filter_taps(); }
  /// Of a filter of a pair, or of a single one.
  constexpr FilterLayoutS8 layout(Index step) const {
    return FilterLayoutS8{
        row_taps() * step,
        (has_long_runs() ? Index{input.channels} : even_s8(input.channels)) * step, step};
  }
};

/// Where the weights of an output channel begin, and how far apart they are.
struct FilterPlaceS8 {
  Index first;
  Index step;
};

/// Of `filters` output channels with `taps` weights each, of which pairs lie side by side.
constexpr FilterPlaceS8 filter_place_s8(Index filter, Index filters, Index taps) {
  return filter < (filters & ~1) ? FilterPlaceS8{(filter & ~1) * taps + (filter & 1), 2}
                                 : FilterPlaceS8{filter * taps, 1};
}

/// A window of one place, moved by one.
struct PointwiseConv2DS8 {
  Shape input;
  Shape output;
  OutputRange range;
  uint8_t unrolled;           // as that of Conv2DS8
  const int8_t* weights;      // as those of Conv2DS8; a single last filter has no zero behind it
  const int32_t* bias;        // [output channel], with -zero point * sum of weights
  const int32_t* multiplier;  // [output channel]

  constexpr bool consistent() const {
    return input.height == output.height && input.width == output.width && input.is_planar() &&
           output.is_planar() && range.consistent() && (unrolled == 2 || unrolled == 8);
  }
  constexpr int32_t weight_count() const {
    return int32_t{output.channels} / 2 * 2 * even_s8(input.channels) +
           output.channels % 2 * input.channels;
  }
};

/// Each output channel reads one input channel: output channel = input channel * multiplier + m.
struct DepthwiseConv2DS8 {
  Shape input;
  Shape output;
  Window window;
  Padding padding;
  int8_t input_zero_point;
  OutputRange range;
  const int8_t* weights;      // [output channel][window y][window x]
  const int32_t* bias;        // [output channel], with -zero point * sum of weights
  const int32_t* multiplier;  // [output channel]

  constexpr bool consistent() const {
    return slides_to(input, window, padding, output) && output.channels % input.channels == 0 &&
           output.is_planar() && range.consistent();
  }
  constexpr Index filters_per_channel() const { return output.channels / input.channels; }
  constexpr int32_t weight_count() const {
    return int32_t{output.channels} * window.height * window.width;
  }
};

/// The padding of rows of a padded map whose first begins at `row`: before the first channel and
/// behind each. Every other layout has none.
inline MICRONETS_KERNEL void fill_padding_s8(const Shape& shape, int32_t rows, int32_t zero_point,
                                             int8_t* row) {
  if (!shape.is_padded()) return;
  --row;
  int32_t left = rows * shape.channels;
#if MICRONETS_MVE
  mve_spread_bytes(row, shape.channel_stride(), zero_point, left + 1);
#else
  do {
    *row = static_cast<int8_t>(zero_point);
    row += shape.channel_stride();
  } while (--left >= 0);
#endif
}

/// The padding of rows of a layer's output, by a call only where there is some.
template <typename Params>
MICRONETS_INLINE void pad_rows_s8(const Params& p, int32_t rows, int8_t* row) {
  if (p.output.is_padded()) fill_padding_s8(p.output, rows, p.range.zero_point, row);
}

/// Rows that were only saturated to int8, to the codes that the output may take; nothing where
/// these are all of int8, which is known where `p` is a constant.
template <typename Params>
MICRONETS_INLINE void clamp_rows_s8(const Params& p, int32_t rows, int8_t* row) {
  if (p.range.is_narrow()) clamp_row_s8(p.range, row, rows * p.output.row_stride());
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CONV2D_S8_H_
