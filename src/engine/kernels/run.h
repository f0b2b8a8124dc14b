/* What every kernel is given besides its arguments. */
#pragma once
#include "instructions.h"
#include "scalar.h"
#include "team.h"
#include "vector.h"

typedef struct {
  float *arena;            /* Tensors are offsets from here. */
  float *scratch;          /* SCRATCH_WORDS of this thread's own, for packed matrices. */
  float *room;             /* This thread's own too: what `scratch` in instructions.ts asks for. */
  int32_t step;            /* Of this run, from 0. */
  int32_t thread, threads;
  Team *team;
} Run;

INLINE float *at(const Run *run, Tensor tensor) { return tensor < 0 ? 0 : run->arena + tensor; }
INLINE int32_t *integers_at(const Run *run, Tensor tensor) { return (int32_t *)at(run, tensor); }

INLINE void meet(const Run *run) {
  if (run->threads > 1) meet_others(run->team);
}

typedef struct { int32_t from, to; } Share;

/* What this thread does of `count` things, in grains of so many. */
INLINE Share share_of(const Run *run, int32_t count, int32_t grain) {
  if (run->threads == 1) return (Share){0, count};
  const int64_t grains = (count + grain - 1) / grain;
  const int64_t from = grains * run->thread / run->threads * grain, to = grains * (run->thread + 1) / run->threads * grain;
  return (Share){from < count ? (int32_t)from : count, to < count ? (int32_t)to : count};
}

/* Numbers that are worth a thread: a few cache lines. */
enum { GRAIN = 256 };

/* EACH_VECTOR and EACH_VECTOR_ONCE over this thread's share of `count` numbers. */
#define EACH_OWN_VECTOR(i, count)                                                                  \
  for (Share own = share_of(run, count, GRAIN), once = {0, 1}; once.from < once.to; once.from++)   \
    EACH_VECTOR_FROM(i, own.from, own.to)
#define EACH_OWN_VECTOR_ONCE(i, count)                                                             \
  for (Share own = share_of(run, count, GRAIN), once = {0, 1}; once.from < once.to; once.from++)   \
    EACH_VECTOR_ONCE(i, own.from, own.to)
