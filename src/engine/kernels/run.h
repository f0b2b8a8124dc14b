/* What every kernel is given besides its arguments. */
#pragma once
#include "instructions.h"
#include "scalar.h"
#include "vector.h"

typedef struct {
  float *arena;    /* Tensors are offsets from here. */
  float *scratch;  /* SCRATCH_WORDS, for packed matrices. */
  int32_t step;    /* Of this run, from 0. */
} Run;

INLINE float *at(const Run *run, Tensor tensor) { return tensor < 0 ? 0 : run->arena + tensor; }
INLINE int32_t *integers_at(const Run *run, Tensor tensor) { return (int32_t *)at(run, tensor); }
