// micronets/core/camera_f32.h - a camera's grey into a float 3x3 convolution, segment by segment.
#ifndef MICRONETS_CORE_CAMERA_F32_H_
#define MICRONETS_CORE_CAMERA_F32_H_

#include <stdint.h>

#include "micronets/core/camera.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv3x3_segments_f32.h"
#include "micronets/core/copy_values_f32.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The same as for any input: first all levels of a segment, then their floats. Grey is one
/// channel, so neighbours are adjacent.
template <int32_t Scratch, typename Word>
MICRONETS_INLINE void copy_values_f32(const Camera<Scratch, Grey565<Word>, Affine<uint8_t>>& from,
                                      int32_t, int32_t count, float* to) {
  uint8_t levels[Conv3x3Segment::capacity()];
  copy_levels(from.levels, count, levels);
  copy_values_f32(from.at(levels), 1, count, to);
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CAMERA_F32_H_
