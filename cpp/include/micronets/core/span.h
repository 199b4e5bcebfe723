// micronets/core/span.h - which part of a window lies inside the map.
#ifndef MICRONETS_CORE_SPAN_H_
#define MICRONETS_CORE_SPAN_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/types.h"

namespace micronets {
inline namespace v1 {

/// The rows or the columns of a window that lie inside the map: `begin` to `end` - 1.
struct Span {
  Index begin;
  Index end;

  Index count() const { return end - begin; }
};

/// Of a window that begins at row (or column) `first` of a map of `size`.
MICRONETS_INLINE Span inside_map(int32_t first, int32_t window, int32_t size) {
  const int32_t begin = min_i32(window, max_i32(0, -first));
  return Span{static_cast<Index>(begin),
              static_cast<Index>(max_i32(begin, min_i32(window, size - first)))};
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_SPAN_H_
