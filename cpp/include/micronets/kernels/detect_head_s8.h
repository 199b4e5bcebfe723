// micronets/kernels/detect_head_s8.h - puts the pixels of a detector's head among the candidates.
#ifndef MICRONETS_KERNELS_DETECT_HEAD_S8_H_
#define MICRONETS_KERNELS_DETECT_HEAD_S8_H_

#include <stdint.h>

#include "micronets/core/candidates.h"
#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"
#include "micronets/core/requantize.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// A score is the difference of the first two codes of `conf`, face - background, as a difference
/// of logits in 1/1024, so that heads of different scales compare: difference * multiplier /
/// 2^shift, rounded. The output is the largest difference of each row, as a code.
struct DetectHeadS8 {
  Shape loc;
  Shape conf;
  Shape output;
  int32_t first_prior;
  int32_t multiplier;
  int32_t shift;

  constexpr bool consistent() const {
    return loc.channels == 4 && conf.channels >= 2 && loc.height == conf.height &&
           loc.width == conf.width && output.height == loc.height && output.width == 1 &&
           output.channels == 1 && first_prior + int32_t{loc.height} * loc.width <= 65536 &&
           multiplier > 0 && multiplier < INT32_C(1) << 22 && shift >= 0 && shift < 29;
  }
};

/// Looks at row `y`.
template <typename Loc, typename Conf, int32_t Capacity>
MICRONETS_KERNEL void detect_head_s8_row(const DetectHeadS8& p, const Rows<Loc>& loc,
                                         const Rows<Conf>& conf, int32_t y, int8_t* output,
                                         Candidates<int16_t, int8_t, Capacity>& candidates) {
  const Conf background = conf.at(y);
  const Conf face = background + p.conf.channel_stride();
  const int32_t step = p.conf.pixel_stride();
  const int32_t half = (INT32_C(1) << p.shift) >> 1;
  const int32_t multiplier = p.multiplier;
  int32_t prior = p.first_prior + y * p.conf.width;
  int32_t most = -128;
  for (int32_t x = 0; x < p.conf.width; ++x, ++prior) {
    const int32_t difference = face[x * step] - background[x * step];
    most = max_i32(most, difference);
    const int32_t scaled = (difference * multiplier + half) >> p.shift;
    const int16_t score = static_cast<int16_t>(clamp_i32(scaled, -32767, 32767));
    if (!is_wanted(candidates, score, prior)) continue;
    Candidate<int16_t, int8_t> item;
    item.score = score;
    item.prior = static_cast<uint16_t>(prior);
    const Loc offsets = loc.at(y) + x * p.loc.pixel_stride();
    for (int32_t i = 0; i < 4; ++i) {
      item.offsets[i] = static_cast<int8_t>(offsets[i * p.loc.channel_stride()]);
    }
    add_candidate(candidates, item);
  }
  *output = static_cast<int8_t>(min_i32(most, 127));
}

/// Looks at the whole map.
template <typename Loc, typename Conf, int32_t Capacity>
inline void detect_head_s8(const DetectHeadS8& p, Loc loc, Conf conf, int8_t* output,
                           Candidates<int16_t, int8_t, Capacity>& candidates) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    detect_head_s8_row(p, rows_of(p.loc, loc), rows_of(p.conf, conf), y, output + y, candidates);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DETECT_HEAD_S8_H_
