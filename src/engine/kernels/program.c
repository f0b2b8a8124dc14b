/*
 * The interpreter of programs, and the one translation unit of all kernels. Freestanding: no libc, no allocation, no
 * state; memory is the arena that the caller hands in.
 */
#include "run.h"

#include "elementwise.c"
#include "matmul.c"
#include "embed.c"
#include "norm.c"
#include "activation.c"
#include "attention.c"
#include "loss.c"
#include "optimizer.c"

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name)
#endif

/* The words of scratch memory that each thread needs. */
EXPORT(scratch_words) int32_t scratch_words(void) { return SCRATCH_WORDS; }

static void run_program(float *arena, Team *team, int32_t thread) {
  Run run = {
    .arena = arena,
    .scratch = arena + team->scratch + (ptrdiff_t)thread * team->scratch_words,
    .room = arena + team->room + (ptrdiff_t)thread * team->room_words,
    .thread = thread, .threads = team->threads, .team = team,
  };
  const int32_t *code = (const int32_t *)arena + team->code, length = team->length, steps = team->steps;
  const DenormalMode before = flush_denormals();
  for (run.step = 0; run.step < steps; run.step++) {
    for (int32_t i = 0; i < length;) {
      const void *arguments = code + i + 2;
      const int32_t kernel = code[i];
      i += 2 + code[i + 1]; /* after the last meeting the code may be another's */
      switch (kernel) { DISPATCH }
      meet(&run);
    }
  }
  restore_denormals(before);
}

/* Does the job that `team` holds, as the first of its threads. The host has told the others by the generation. */
EXPORT(run) void run_job(float *arena, Team *team) {
  run_program(arena, team, 0);
}

/*
 * Does every job after `seen` as one of the other threads, until it has waited for the next as long as `patience`, or is
 * to stop. Returns the last generation that it has seen: the caller sleeps until there is another.
 */
EXPORT(serve) int32_t serve(float *arena, Team *team, int32_t thread, int32_t seen, int32_t patience) {
  for (int32_t waited = 0; waited < patience && !READ(team->stop); waited++) {
    if (READ(team->generation) == seen) {
      pause_briefly();
    } else {
      seen++;
      run_program(arena, team, thread);
      waited = 0;
    }
  }
  return seen;
}

#ifndef __wasm__
/* Multiplies and adds in registers, `rounds` times 12 vectors: the most that this processor can do. Returns the operations. */
double multiply_adds(int32_t rounds, float x, float *out) {
  Vector sums[12];
  UNROLL for (int i = 0; i < 12; i++) sums[i] = splat((float)i);
  for (int32_t round = 0; round < rounds; round++)
    UNROLL for (int i = 0; i < 12; i++) sums[i] = multiply_add(splat(x), sums[i], splat(x));
  Vector total = {0};
  UNROLL for (int i = 0; i < 12; i++) total += sums[i];
  *out = sum_lanes(total);
  return 2.0 * 12 * LANES * rounds;
}
#endif
