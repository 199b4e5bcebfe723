// micronets/kernels/detect_head_f32.h - puts the pixels of a detector's head among the candidates.
#ifndef MICRONETS_KERNELS_DETECT_HEAD_F32_H_
#define MICRONETS_KERNELS_DETECT_HEAD_F32_H_

#include <stdint.h>

#include "micronets/core/candidates.h"
#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// A score is the difference of the first two logits of `conf`, face - background. The output is
/// the largest of each row.
struct DetectHead {
  Shape loc;
  Shape conf;
  Shape output;
  int32_t first_prior;

  constexpr bool consistent() const {
    return loc.channels == 4 && conf.channels >= 2 && loc.height == conf.height &&
           loc.width == conf.width && output.height == loc.height && output.width == 1 &&
           output.channels == 1 && first_prior + int32_t{loc.height} * loc.width <= 65536;
  }
};

/// Looks at row `y`. A pixel with a score or an offset that is no number, or an offset beyond a
/// million, is no candidate: boxes need not check again.
template <typename Loc, typename Conf, int32_t Capacity>
MICRONETS_KERNEL void detect_head_f32_row(const DetectHead& p, const Rows<Loc>& loc,
                                          const Rows<Conf>& conf, int32_t y, float* output,
                                          Candidates<float, float, Capacity>& candidates) {
  const Conf background = conf.at(y);
  const Conf face = background + p.conf.channel_stride();
  const int32_t step = p.conf.pixel_stride();
  int32_t prior = p.first_prior + y * p.conf.width;
  float most = face[0] - background[0];
  for (int32_t x = 0; x < p.conf.width; ++x, ++prior) {
    const float score = face[x * step] - background[x * step];
    most = score > most ? score : most;
    // Of NaN `precedes` would say that it is as good as any.
    bool wanted = score >= 0.0F || score < 0.0F;
    wanted = wanted && is_wanted(candidates, score, prior);
    if (!wanted) continue;
    Candidate<float, float> item;
    item.score = score;
    item.prior = static_cast<uint16_t>(prior);
    const Loc offsets = loc.at(y) + x * p.loc.pixel_stride();
    for (int32_t i = 0; i < 4; ++i) {
      item.offsets[i] = offsets[i * p.loc.channel_stride()];
      wanted = wanted && item.offsets[i] < 1e6F && item.offsets[i] > -1e6F;
    }
    if (wanted) add_candidate(candidates, item);
  }
  *output = most;
}

/// Looks at the whole map.
template <typename Loc, typename Conf, int32_t Capacity>
inline void detect_head_f32(const DetectHead& p, Loc loc, Conf conf, float* output,
                            Candidates<float, float, Capacity>& candidates) {
  for (int32_t y = 0; y < p.output.height; ++y) {
    detect_head_f32_row(p, rows_of(p.loc, loc), rows_of(p.conf, conf), y, output + y, candidates);
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_KERNELS_DETECT_HEAD_F32_H_
