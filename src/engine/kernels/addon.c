/*
 * The kernels as a Node-API addon without libc. Compiled for any processor of its architecture, unlike program.c: what
 * this one has is asked before a kernel runs. Memory is the host's; addresses are passed as numbers.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>

int32_t scratch_words(void);
void run_job(float *arena, void *team);
int32_t serve(float *arena, void *team, int32_t thread, int32_t seen, int32_t patience);
double multiply_adds(int32_t rounds, float x, float *out);

#if defined(__x86_64__)
typedef struct { uint32_t a, b, c, d; } Cpuid;
static Cpuid cpuid(uint32_t leaf, uint32_t subleaf) {
  Cpuid found = {.a = leaf, .c = subleaf};
  __asm__ volatile("cpuid" : "+a"(found.a), "=b"(found.b), "+c"(found.c), "=d"(found.d));
  return found;
}
/* Whether the processor, and the system that saves its registers, have what program.c was compiled for. */
static int is_supported(void) {
  uint32_t low, high;
  if ((cpuid(1, 0).c & 0x18001000) != 0x18001000) return 0; /* FMA, OSXSAVE, AVX */
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  const uint32_t has = cpuid(7, 0).b;
  if ((low & 6) != 6 || !(has & 1 << 5)) return 0; /* AVX2 */
#ifdef WIDE
  if ((low & 0xe0) != 0xe0 || (has & 0xc0030000) != 0xc0030000) return 0; /* AVX-512 F, DQ, BW, VL */
#endif
#ifdef BF16
  if (cpuid(7, 0).a < 1 || !(cpuid(7, 1).a & 1 << 5)) return 0;
#endif
  return 1;
}
#else
static int is_supported(void) { return 1; }
#endif

#ifdef _WIN32
/* What code for Windows asks of a C library: a sign that it computes, and a walk over the pages of a deep stack frame. */
int _fltused = 0;
__asm__(".globl __chkstk\n"
        "__chkstk:\n"
        "  push %rcx\n  push %rax\n  lea 24(%rsp), %rcx\n"
        "1: cmp $4096, %rax\n  jb 2f\n"
        "  sub $4096, %rcx\n  testb $0, (%rcx)\n  sub $4096, %rax\n  jmp 1b\n"
        "2: sub %rax, %rcx\n  testb $0, (%rcx)\n"
        "  pop %rax\n  pop %rcx\n  ret\n");
#endif

enum { MOST_ARGUMENTS = 5 };
typedef struct { double at[MOST_ARGUMENTS]; } Numbers;

static Numbers numbers_of(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t count = MOST_ARGUMENTS;
  Numbers numbers;
  napi_get_cb_info(env, info, &count, values, 0, 0);
  for (int i = 0; i < MOST_ARGUMENTS; i++) {
    numbers.at[i] = 0;
    napi_get_value_double(env, values[i], &numbers.at[i]);
  }
  return numbers;
}

static napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

#define POINTER(n) ((void *)(uintptr_t)numbers.at[n])

/* (bytes: Uint8Array) => the address of its first byte */
static napi_value address_of(napi_env env, napi_callback_info info) {
  napi_value values[1];
  size_t count = 1;
  void *data = 0;
  napi_get_cb_info(env, info, &count, values, 0, 0);
  napi_get_typedarray_info(env, values[0], 0, 0, &data, 0, 0);
  return number(env, (double)(uintptr_t)data);
}

static napi_value words_of_scratch(napi_env env, napi_callback_info info) {
  (void)info;
  return number(env, scratch_words());
}

/* (arena, team) */
static napi_value call_run(napi_env env, napi_callback_info info) {
  const Numbers numbers = numbers_of(env, info);
  run_job(POINTER(0), POINTER(1));
  return 0;
}

/* (arena, team, thread, seen, patience) => the last generation seen */
static napi_value call_serve(napi_env env, napi_callback_info info) {
  const Numbers numbers = numbers_of(env, info);
  return number(env, serve(POINTER(0), POINTER(1), (int32_t)numbers.at[2], (int32_t)numbers.at[3], (int32_t)numbers.at[4]));
}

/* (rounds) => floating-point operations done */
static napi_value call_multiply_adds(napi_env env, napi_callback_info info) {
  const Numbers numbers = numbers_of(env, info);
  float out;
  return number(env, multiply_adds((int32_t)numbers.at[0], 0.5f, &out));
}

static void define(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, 0, &value);
  napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value supported, bf16;
  napi_get_boolean(env, is_supported(), &supported);
  napi_set_named_property(env, exports, "supported", supported);
#ifdef BF16
  napi_get_boolean(env, 1, &bf16);
#else
  napi_get_boolean(env, 0, &bf16);
#endif
  napi_set_named_property(env, exports, "bf16", bf16);
  define(env, exports, "address_of", address_of);
  define(env, exports, "scratch_words", words_of_scratch);
  define(env, exports, "run", call_run);
  define(env, exports, "serve", call_serve);
  define(env, exports, "multiply_adds", call_multiply_adds);
  return exports;
}
