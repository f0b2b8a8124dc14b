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

/* The words of scratch memory that `run` needs. */
EXPORT(scratch_words) int32_t scratch_words(void) { return SCRATCH_WORDS; }

/* Runs a program of `length` words `steps` times. */
EXPORT(run) void run(float *arena, float *scratch, const int32_t *code, int32_t length, int32_t steps) {
  Run context = {.arena = arena, .scratch = scratch};
  for (context.step = 0; context.step < steps; context.step++) {
    for (int32_t i = 0; i < length; i += 2 + code[i + 1]) {
      const void *arguments = code + i + 2;
      switch (code[i]) { DISPATCH }
    }
  }
}
