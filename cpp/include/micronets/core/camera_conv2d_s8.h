// micronets/core/camera_conv2d_s8.h - a camera's image into an int8 convolution, row by row.
#ifndef MICRONETS_CORE_CAMERA_CONV2D_S8_H_
#define MICRONETS_CORE_CAMERA_CONV2D_S8_H_

#include <stdint.h>
#include <string.h>

#include "micronets/core/camera.h"
#include "micronets/core/compiler.h"
#include "micronets/core/conv2d_s8.h"
#include "micronets/core/types.h"
#include "micronets/kernels/conv2d_s8.h"

namespace micronets {
inline namespace v1 {

/// The rows of levels that one output row reads, in order, in `Scratch` bytes: a row is converted
/// once, however many windows and filters read it.
template <int32_t Scratch, typename Levels>
class CameraRows {
 public:
  CameraRows(Levels image, int32_t row_stride) : image_(image), stride_(row_stride), end_(0) {}

  /// Rows `begin` to `end` - 1; neither goes back from call to call.
  MICRONETS_KERNEL const uint8_t* hold(int32_t begin, int32_t end) {
    const int32_t kept = max_i32(0, end_ - begin);
    memmove(rows_, rows_ + (held_ - kept) * stride_, static_cast<size_t>(kept * stride_));
    const int32_t fresh = max_i32(begin, end_);
    copy_levels(image_ + fresh * stride_, (end - fresh) * stride_, rows_ + kept * stride_);
    held_ = end - begin;
    end_ = end;
    return rows_;
  }

 private:
  Levels image_;
  int32_t stride_;
  int32_t end_;       // behind the last row that was converted
  int32_t held_ = 0;  // how many rows the last call left
  uint8_t rows_[static_cast<uint32_t>(Scratch)];
};

/// The whole map from a camera's image: every output row is a map of its own, whose input are the
/// rows of levels that it reads.
template <int32_t Scratch, typename Levels>
MICRONETS_INLINE void conv2d_s8(const Conv2DS8& p, Camera<Scratch, Levels, Pixels> input,
                                int8_t* output, void* scratch) {
  CameraRows<Scratch, Levels> rows(input.levels, p.input.row_stride());
  for (int32_t y = 0; y < p.output.height; ++y) {
    const int32_t top = y * p.window.stride_y - p.padding.top;
    const int32_t begin = min_i32(max_i32(0, top), p.input.height);
    const int32_t end = max_i32(begin, min_i32(top + p.window.height, p.input.height));
    Conv2DS8 row = p;
    row.input.height = static_cast<Size>(end - begin);
    row.output.height = 1;
    if (p.padding.top != 0) row.padding.top = static_cast<Size>(max_i32(0, -top));
    conv2d_s8(row, Pixels{rows.hold(begin, end)}, output, scratch);
    output += p.output.row_stride();
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CAMERA_CONV2D_S8_H_
