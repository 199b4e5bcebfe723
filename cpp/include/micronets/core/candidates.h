// micronets/core/candidates.h - keeps the best candidates of an image in a heap.
#ifndef MICRONETS_CORE_CANDIDATES_H_
#define MICRONETS_CORE_CANDIDATES_H_

#include <stdint.h>

#include "micronets/core/compiler.h"
#include "micronets/core/detections.h"

namespace micronets {
inline namespace v1 {

/// The order of candidates: the better score first, of equal scores the lower prior. No two have
/// the same prior, so whatever order they come in, the same ones are kept.
template <typename Score, typename Offset>
MICRONETS_INLINE bool precedes(Score score, uint16_t prior, const Candidate<Score, Offset>& other) {
  return score > other.score || (!(score < other.score) && prior < other.prior);
}

/// Puts `item` into a heap whose place `at` is free and whose root comes last in order.
template <typename Item>
MICRONETS_KERNEL void sift_down(Item* items, int32_t count, int32_t at, Item item) {
  for (;;) {
    int32_t child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && precedes(items[child].score, items[child].prior, items[child + 1])) {
      ++child;
    }
    if (!precedes(item.score, item.prior, items[child])) break;
    items[at] = items[child];
    at = child;
  }
  items[at] = item;
}

/// Whether a candidate is among the best so far.
template <typename Score, typename Offset, int32_t Capacity>
MICRONETS_INLINE bool is_wanted(const Candidates<Score, Offset, Capacity>& list, Score score,
                                int32_t prior) {
  return list.count < Capacity || precedes(score, static_cast<uint16_t>(prior), list.items[0]);
}

/// Adds a candidate that is wanted; where the list is full, in place of its last one.
template <typename Score, typename Offset, int32_t Capacity>
MICRONETS_KERNEL void add_candidate(Candidates<Score, Offset, Capacity>& list,
                                    const Candidate<Score, Offset>& item) {
  if (list.count == Capacity) {
    sift_down(list.items, Capacity, 0, item);
    return;
  }
  int32_t at = list.count++;
  while (at > 0) {
    const int32_t parent = (at - 1) / 2;
    if (precedes(item.score, item.prior, list.items[parent])) break;
    list.items[at] = list.items[parent];
    at = parent;
  }
  list.items[at] = item;
}

/// Sorts a heap, the last in order first: it still is a heap, and more candidates may come.
template <typename Score, typename Offset>
MICRONETS_KERNEL void sort_candidates(Candidate<Score, Offset>* items, int32_t count) {
  for (int32_t rest = count - 1; rest > 0; --rest) {
    const Candidate<Score, Offset> last = items[rest];
    items[rest] = items[0];
    sift_down(items, rest, 0, last);
  }
  for (int32_t i = 0, j = count - 1; i < j; ++i, --j) {
    const Candidate<Score, Offset> swapped = items[i];
    items[i] = items[j];
    items[j] = swapped;
  }
}

}  // namespace v1
}  // namespace micronets

#endif  // MICRONETS_CORE_CANDIDATES_H_
