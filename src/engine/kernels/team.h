/*
 * Threads that run one program together. Each takes its share of every instruction's outputs, never of a sum, so that
 * the bits do not depend on how many there are; between instructions they meet.
 */
#pragma once
#include <stdint.h>

/* Long sums are taken in this many parts, whatever the number of threads. */
enum { PARTS = 64 };

/* Memory that all threads and their host see; its words are named in devices/team.ts too. Offsets are words of the arena. */
typedef struct {
  int32_t generation;                   /* counts jobs; who waits for work waits for it to change */
  int32_t stop;                         /* threads end when this is not 0 */
  int32_t ready;                        /* threads that listen, without the host's */
  int32_t threads;                      /* of the present job */
  int32_t code, length, steps;          /* the program, its words, and how often to run it */
  int32_t scratch, scratch_words;       /* of the first thread, and of each */
  int32_t room, room_words;             /* the same of what the program's kernels ask for */
  int32_t unused[5];
  int32_t arrived, line_of_arrived[15]; /* threads that wait for the others: lines of their own, */
  int32_t phase, line_of_phase[15];     /* because they change all the time */
  double partial[PARTS];
} Team;

/* Numbers below 1e-38 count as 0 while a program runs: arithmetic on them takes a hundred times as long. */
#if defined(__x86_64__)
typedef uint32_t DenormalMode;
static DenormalMode flush_denormals(void) {
  const DenormalMode before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040);
  return before;
}
static void restore_denormals(DenormalMode mode) { __builtin_ia32_ldmxcsr(mode); }
#elif defined(__aarch64__)
typedef uint64_t DenormalMode;
static DenormalMode flush_denormals(void) {
  DenormalMode before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1 << 24));
  return before;
}
static void restore_denormals(DenormalMode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
typedef int DenormalMode;
static DenormalMode flush_denormals(void) { return 0; }
static void restore_denormals(DenormalMode mode) { (void)mode; }
#endif

#define READ(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Lets other threads have the processor. The host's process has these functions; WebAssembly sleeps for 20 us instead. */
#if defined(__wasm__)
static void give_way(int32_t *word, int32_t expected) { __builtin_wasm_memory_atomic_wait32(word, expected, 20000); }
#elif defined(_WIN32)
__declspec(dllimport) int SwitchToThread(void);
static void give_way(int32_t *word, int32_t expected) { (void)word, (void)expected, SwitchToThread(); }
#else
int sched_yield(void);
static void give_way(int32_t *word, int32_t expected) { (void)word, (void)expected, sched_yield(); }
#endif

/* Rounds of waiting for the others awake. Who waits longer is one of more threads than there are free processors. */
#if defined(__wasm__)
enum { ROUNDS_AWAKE = 40000 }; /* there is no instruction that pauses */
#else
enum { ROUNDS_AWAKE = 2000 };
#endif

/* Waits until all threads of the job are here. */
static void meet_others(Team *team) {
  const int32_t phase = READ(team->phase);
  if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == team->threads) {
    team->arrived = 0;
    __atomic_store_n(&team->phase, phase + 1, __ATOMIC_RELEASE);
  } else {
    for (int32_t round = 0; READ(team->phase) == phase; round++) {
      if (round < ROUNDS_AWAKE) pause_briefly();
      else give_way(&team->phase, phase);
    }
  }
}
