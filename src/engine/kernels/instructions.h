/* Generated from instructions.ts by scripts/build-kernels.mjs. */
#pragma once
#include <stdint.h>

/* The offset of a tensor's first word in the arena; -1 where it is absent. */
typedef int32_t Tensor;

/* Copies this step's slot of a queue: out = queue[step]. */
typedef struct {
  Tensor queue; /* [steps, count] */
  Tensor out; /* [count] */
  int32_t count;
} Fetch;

/* Keeps this step's value: queue[step] = x. */
typedef struct {
  Tensor x; /* [count] */
  Tensor queue; /* [steps, count] */
  int32_t count;
} Store;

/* out = x */
typedef struct {
  Tensor x; /* [count] */
  Tensor out; /* [count] */
  int32_t count;
} Copy;

/* out = value */
typedef struct {
  Tensor out; /* [count] */
  int32_t count;
  float value;
} Fill;

/* Repeats one number: out[i] = x[0]. */
typedef struct {
  Tensor x; /* [1] */
  Tensor out; /* [count] */
  int32_t count;
} Expand;

/* out = x + y */
typedef struct {
  Tensor x; /* [count] */
  Tensor y; /* [count] */
  Tensor out; /* [count] */
  int32_t count;
} Add;

/* out = x * y */
typedef struct {
  Tensor x; /* [count] */
  Tensor y; /* [count] */
  Tensor out; /* [count] */
  int32_t count;
} Multiply;

/* out = factor * x */
typedef struct {
  Tensor x; /* [count] */
  Tensor out; /* [count] */
  int32_t count;
  float factor;
} Scale;

/* out = the sum of x */
typedef struct {
  Tensor x; /* [count] */
  Tensor out; /* [1] */
  int32_t count;
} Sum;

/* out[c] = the sum over rows of x[., c]; the gradient of a bias. */
typedef struct {
  Tensor x; /* [rows, columns] */
  Tensor out; /* [columns] */
  int32_t rows;
  int32_t columns;
} SumRows;

/* out = A B + bias + addend, where A and B may be read transposed. With `bf16` their numbers are rounded to bfloat16. */
typedef struct {
  Tensor a; /* [rows, depth], or [depth, rows] with transposeA */
  Tensor b; /* [depth, columns], or [columns, depth] with transposeB */
  Tensor bias; /* [columns], or absent */
  Tensor addend; /* [rows, columns], or absent */
  Tensor out; /* [rows, columns] */
  int32_t rows;
  int32_t columns;
  int32_t depth;
  int32_t transpose_a;
  int32_t transpose_b;
  int32_t bf16;
} Matmul;

/* out[b, t] = table[ids[b, t]] + positions[start[b] + t - segments[b, t]] */
typedef struct {
  Tensor ids; /* [B, T] i32 */
  Tensor table; /* [V, C] */
  Tensor positions; /* [P, C], or absent */
  Tensor start; /* [B] i32, 0 where absent, or absent */
  Tensor segments; /* [B, T] i32, 0 where absent, or absent */
  Tensor out; /* [B, T, C] */
  int32_t batch;
  int32_t time;
  int32_t width;
} Embed;

/* out = addend, then out[ids[n]] += gradient[n] for each row n in order. */
typedef struct {
  Tensor ids; /* [rows] i32 */
  Tensor gradient; /* [rows, C] */
  Tensor addend; /* [V, C], or absent */
  Tensor out; /* [V, C] */
  int32_t rows;
  int32_t width;
  int32_t vocabulary;
} EmbedGrad;

/* out[p] = the sum of gradient[b, t] where t - segments[b, t] = p; other rows are 0. */
typedef struct {
  Tensor gradient; /* [B, T, C] */
  Tensor segments; /* [B, T] i32, 0 where absent, or absent */
  Tensor out; /* [P, C] */
  int32_t batch;
  int32_t time;
  int32_t width;
  int32_t positions;
} PositionsGrad;

/* out = (x - mean) * rstd * weight + bias, row by row. */
typedef struct {
  Tensor x; /* [N, C] */
  Tensor weight; /* [C] */
  Tensor bias; /* [C], or absent */
  Tensor out; /* [N, C] */
  Tensor mean; /* [N], or absent */
  Tensor rstd; /* [N], or absent */
  int32_t rows;
  int32_t width;
  float epsilon;
} LayerNorm;

/* Gradients of layerNorm; the addend is added to dx. */
typedef struct {
  Tensor gradient; /* [N, C] */
  Tensor x; /* [N, C] */
  Tensor weight; /* [C] */
  Tensor mean; /* [N] */
  Tensor rstd; /* [N] */
  Tensor addend; /* [N, C], or absent */
  Tensor dx; /* [N, C], or absent */
  Tensor dweight; /* [C], or absent */
  Tensor dbias; /* [C], or absent */
  int32_t rows;
  int32_t width;
} LayerNormGrad;

/* out = x * rstd * weight, where rstd = 1 / sqrt(mean(x^2) + epsilon), row by row. */
typedef struct {
  Tensor x; /* [N, C] */
  Tensor weight; /* [C] */
  Tensor out; /* [N, C] */
  Tensor rstd; /* [N], or absent */
  int32_t rows;
  int32_t width;
  float epsilon;
} RmsNorm;

/* Gradients of rmsNorm; the addend is added to dx. */
typedef struct {
  Tensor gradient; /* [N, C] */
  Tensor x; /* [N, C] */
  Tensor weight; /* [C] */
  Tensor rstd; /* [N] */
  Tensor addend; /* [N, C], or absent */
  Tensor dx; /* [N, C], or absent */
  Tensor dweight; /* [C], or absent */
  int32_t rows;
  int32_t width;
} RmsNormGrad;

/* out = f(x), and its slope d out / d x. Kinds: 0 gelu by tanh, 1 gelu by erf, 2 max(x, 0)^2, 3 cap tanh(x / cap). */
typedef struct {
  Tensor x; /* [count] */
  Tensor out; /* [count] */
  Tensor slope; /* [count], or absent */
  int32_t count;
  int32_t kind;
  float cap;
} Activate;

/* out = silu(gate) * up, where x holds gate and up side by side. */
typedef struct {
  Tensor x; /* [rows, 2 F] */
  Tensor out; /* [rows, F] */
  int32_t rows;
  int32_t width;
} Swiglu;

/* The gradient of swiglu. */
typedef struct {
  Tensor gradient; /* [rows, F] */
  Tensor x; /* [rows, 2 F] */
  Tensor out; /* [rows, 2 F] */
  int32_t rows;
  int32_t width;
} SwigluGrad;

/* Turns the pairs (i, i + D/2) of the first `heads` heads of each row by their position's angle; the rest is copied. */
typedef struct {
  Tensor x; /* [B, T, width] */
  Tensor start; /* [B] i32, 0 where absent, or absent */
  Tensor out; /* [B, T, width] */
  int32_t batch;
  int32_t time;
  int32_t width;
  int32_t heads;
  int32_t head_width;
  int32_t inverse;
  float theta;
} Rope;

/* Scales each of the first `heads` heads of a row by rstd = 1 / sqrt(mean(x^2) + epsilon); the rest is copied. */
typedef struct {
  Tensor x; /* [rows, width] */
  Tensor out; /* [rows, width] */
  Tensor rstd; /* [rows, heads], or absent */
  int32_t rows;
  int32_t width;
  int32_t heads;
  int32_t head_width;
  float epsilon;
} HeadNorm;

/* The gradient of headNorm. */
typedef struct {
  Tensor gradient; /* [rows, width] */
  Tensor x; /* [rows, width] */
  Tensor rstd; /* [rows, heads] */
  Tensor out; /* [rows, width] */
  int32_t rows;
  int32_t width;
  int32_t heads;
  int32_t head_width;
} HeadNormGrad;

/* out = weights[0] x + weights[1] y in the columns from `from` to before `to`, and x in the others. */
typedef struct {
  Tensor x; /* [rows, width] */
  Tensor y; /* [rows, width] */
  Tensor weights; /* [2] */
  Tensor out; /* [rows, width] */
  int32_t rows;
  int32_t width;
  int32_t from;
  int32_t to;
} Blend;

/* Gradients of blend; the addend is added to dy. */
typedef struct {
  Tensor gradient; /* [rows, width] */
  Tensor x; /* [rows, width] */
  Tensor y; /* [rows, width] */
  Tensor weights; /* [2] */
  Tensor addend; /* [rows, width], or absent */
  Tensor dx; /* [rows, width], or absent */
  Tensor dy; /* [rows, width], or absent */
  Tensor dweights; /* [2], or absent */
  int32_t rows;
  int32_t width;
  int32_t from;
  int32_t to;
} BlendGrad;

/* out = a number below `buckets` for each token and the one before it: exact where all pairs have room, else hashed. Before the first, also of a segment, stands 0. With a history, tokens are kept there from start[b] on. */
typedef struct {
  Tensor ids; /* [B, T] i32 */
  Tensor start; /* [B] i32, or absent */
  Tensor history; /* [B, capacity] i32, or absent */
  Tensor segments; /* [B, T] i32, or absent */
  Tensor out; /* [B, T] i32 */
  int32_t batch;
  int32_t time;
  int32_t capacity;
  int32_t vocabulary;
  int32_t buckets;
} Bigram;

/* Causal attention within segments: position t reads from segments[b, t]..t. S is `padded`, T rounded up to whole vectors; the other columns are 0. Normalizers: a row's highest raw score, and 1 / the sum of e^(scaled score - the highest). */
typedef struct {
  Tensor qkv; /* [B, T, (H + 2 G) D] */
  Tensor segments; /* [B, T] i32, 0 where absent, or absent */
  Tensor out; /* [B, T, H D] */
  Tensor weights; /* [B, H, T, S], or absent */
  Tensor normalizers; /* [B, H, T, 2], or absent */
  int32_t batch;
  int32_t time;
  int32_t heads;
  int32_t kv_heads;
  int32_t head_width;
  int32_t padded;
} Attention;

/* The gradient of attention, from its weights, or from its normalizers, by which weights are computed again. */
typedef struct {
  Tensor gradient; /* [B, T, H D] */
  Tensor qkv; /* [B, T, (H + 2 G) D] */
  Tensor segments; /* [B, T] i32, 0 where absent, or absent */
  Tensor weights; /* [B, H, T, S], or absent */
  Tensor normalizers; /* [B, H, T, 2], or absent */
  Tensor out; /* [B, T, (H + 2 G) D] */
  int32_t batch;
  int32_t time;
  int32_t heads;
  int32_t kv_heads;
  int32_t head_width;
  int32_t padded;
} AttentionGrad;

/* Appends the T new keys and values at start[b], then attends to positions 0..start[b] + t. The cache is changed in place. S is the capacity rounded up to a multiple of 32. */
typedef struct {
  Tensor qkv; /* [B, T, (H + 2 G) D] */
  Tensor keys; /* [B, G, D, S] */
  Tensor values; /* [B, capacity, G D] */
  Tensor start; /* [B] i32 */
  Tensor out; /* [B, T, H D] */
  int32_t batch;
  int32_t time;
  int32_t heads;
  int32_t kv_heads;
  int32_t head_width;
  int32_t capacity;
  int32_t score_words;
} CachedAttention;

/* loss = the mean over rows with target >= 0 of -log softmax(logits)[target]; losses is 0 on the other rows. With `smoothing` the target is 1 - smoothing of itself and smoothing / V of every token. */
typedef struct {
  Tensor logits; /* [N, V] */
  Tensor targets; /* [N] i32 */
  Tensor loss; /* [1] */
  Tensor losses; /* [N], or absent */
  Tensor probabilities; /* [N, V], or absent */
  int32_t rows;
  int32_t vocabulary;
  float smoothing;
} CrossEntropy;

/* out = (probabilities - the smoothed onehot(target)) * gradient / counted rows; 0 on rows that do not count. */
typedef struct {
  Tensor probabilities; /* [N, V] */
  Tensor targets; /* [N] i32 */
  Tensor gradient; /* [1] */
  Tensor out; /* [N, V] */
  int32_t rows;
  int32_t vocabulary;
  float smoothing;
} CrossEntropyGrad;

/* out[i] = x[i] / keep where word(seed, site, step, i) < keep, else 0. */
typedef struct {
  Tensor x; /* [count] */
  Tensor step; /* [1] i32 */
  Tensor out; /* [count] */
  int32_t count;
  int32_t seed;
  int32_t site;
  float keep;
} Dropout;

/* out = sqrt(the sum of x^2), in blocks of 4096 words. */
typedef struct {
  Tensor x; /* [count] */
  Tensor out; /* [1] */
  int32_t count;
} Norm;

/* One step of gradient descent with momentum, in place. */
typedef struct {
  Tensor parameter; /* [count] */
  Tensor gradient; /* [count] */
  Tensor velocity; /* [count], or absent */
  Tensor rate; /* [1] */
  Tensor norm; /* [1], for maxNorm, or absent */
  int32_t count;
  float momentum;
  float decay;
  float rate_scale;
  float max_norm;
  float max_value;
} Sgd;

/* One step of Muon for columns of a matrix, in place, all by one thread. velocity = momentum velocity + (1 - momentum) gradient; u is the same again with the new velocity (Nesterov); parameter = (1 - rate rateScale decay) parameter - rate rateScale factor U, where U is u with all singular values brought near 1. */
typedef struct {
  Tensor parameter; /* [rows, columns] */
  Tensor gradient; /* [rows, columns] */
  Tensor velocity; /* [rows, columns] */
  Tensor rate; /* [1] */
  Tensor norm; /* [1], for maxNorm, or absent */
  int32_t rows;
  int32_t columns;
  int32_t from;
  int32_t width;
  int32_t turn;
  int32_t room_words;
  float momentum;
  float factor;
  float decay;
  float rate_scale;
  float max_norm;
  float max_value;
} Muon;

/* A moving average of the parameter, in place: average += (1 - d) (parameter - average), where d = min(decay, step / (step + 10)). */
typedef struct {
  Tensor parameter; /* [count] */
  Tensor average; /* [count] */
  Tensor step; /* [1] i32 */
  int32_t count;
  float decay;
} Average;

/* One step of Adam, or of AdamW where decoupled, in place. Step counts from 1. */
typedef struct {
  Tensor parameter; /* [count] */
  Tensor gradient; /* [count] */
  Tensor mean; /* [count] */
  Tensor variance; /* [count] */
  Tensor rate; /* [1] */
  Tensor step; /* [1] i32 */
  Tensor norm; /* [1], for maxNorm, or absent */
  int32_t count;
  int32_t decoupled;
  float beta1;
  float beta2;
  float epsilon;
  float decay;
  float rate_scale;
  float max_norm;
  float max_value;
} Adam;

#define DISPATCH \
  case 0: fetch((const Fetch *)arguments, &run); break; \
  case 1: store_step((const Store *)arguments, &run); break; \
  case 2: copy((const Copy *)arguments, &run); break; \
  case 3: fill((const Fill *)arguments, &run); break; \
  case 4: expand((const Expand *)arguments, &run); break; \
  case 5: add((const Add *)arguments, &run); break; \
  case 6: multiply((const Multiply *)arguments, &run); break; \
  case 7: scale((const Scale *)arguments, &run); break; \
  case 8: sum((const Sum *)arguments, &run); break; \
  case 9: sum_rows((const SumRows *)arguments, &run); break; \
  case 10: matmul((const Matmul *)arguments, &run); break; \
  case 11: embed((const Embed *)arguments, &run); break; \
  case 12: embed_grad((const EmbedGrad *)arguments, &run); break; \
  case 13: positions_grad((const PositionsGrad *)arguments, &run); break; \
  case 14: layer_norm((const LayerNorm *)arguments, &run); break; \
  case 15: layer_norm_grad((const LayerNormGrad *)arguments, &run); break; \
  case 16: rms_norm((const RmsNorm *)arguments, &run); break; \
  case 17: rms_norm_grad((const RmsNormGrad *)arguments, &run); break; \
  case 18: activate((const Activate *)arguments, &run); break; \
  case 19: swiglu((const Swiglu *)arguments, &run); break; \
  case 20: swiglu_grad((const SwigluGrad *)arguments, &run); break; \
  case 21: rope((const Rope *)arguments, &run); break; \
  case 22: head_norm((const HeadNorm *)arguments, &run); break; \
  case 23: head_norm_grad((const HeadNormGrad *)arguments, &run); break; \
  case 24: blend((const Blend *)arguments, &run); break; \
  case 25: blend_grad((const BlendGrad *)arguments, &run); break; \
  case 26: bigram((const Bigram *)arguments, &run); break; \
  case 27: attention((const Attention *)arguments, &run); break; \
  case 28: attention_grad((const AttentionGrad *)arguments, &run); break; \
  case 29: cached_attention((const CachedAttention *)arguments, &run); break; \
  case 30: cross_entropy((const CrossEntropy *)arguments, &run); break; \
  case 31: cross_entropy_grad((const CrossEntropyGrad *)arguments, &run); break; \
  case 32: dropout((const Dropout *)arguments, &run); break; \
  case 33: norm((const Norm *)arguments, &run); break; \
  case 34: sgd((const Sgd *)arguments, &run); break; \
  case 35: muon((const Muon *)arguments, &run); if (i < length && code[i] == kernel) continue; break; \
  case 36: average((const Average *)arguments, &run); break; \
  case 37: adam((const Adam *)arguments, &run); break;
