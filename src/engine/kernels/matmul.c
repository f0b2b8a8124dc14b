#include "run.h"

/*
 * Matrix product. Columns are cut into panels as wide as a tile, rows into tiles; a tile's sums stay in registers while
 * it walks down the depth, DEPTH_BLOCK steps at a time, so that a packed panel of B stays near. The tile is what fits the
 * vector registers: 12 x 2 vectors of AVX-512's 32, 6 x 2 of AVX2's 16, and 4 x 2 for WebAssembly, whose engines spill
 * from 5 x 2 on. A is never packed: its numbers are spread over a vector one by one, from wherever they lie.
 *
 * @see Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication".
 */
#if LANES == 16
enum { TILE_ROWS = 12, DEPTH_BLOCK = 512 };
#elif LANES == 8
enum { TILE_ROWS = 6, DEPTH_BLOCK = 256 };
#else
enum { TILE_ROWS = 4, DEPTH_BLOCK = 256 };
#endif
enum {
  TILE_VECTORS = 2,
  PANEL = TILE_VECTORS * LANES,
  ROW_BLOCK = 192,                           /* a block of A stays in the second-level cache; a multiple of TILE_ROWS */
  COLUMN_BLOCK = 1024,                       /* columns of B that are packed at once; a multiple of PANEL */
  SHALLOW = 128,                             /* up to this depth B is read where it lies */
  FEW_ROWS = 32, LARGE = 1 << 13,
  B_WORDS = DEPTH_BLOCK * COLUMN_BLOCK,      /* for a block of B, packed */
#ifdef __AVX512BF16__
  SCRATCH_WORDS = B_WORDS + (ROW_BLOCK + PANEL) * DEPTH_BLOCK, /* and for blocks of pairs */
#else
  SCRATCH_WORDS = B_WORDS,
#endif
};

#ifdef __AVX512BF16__
#include <immintrin.h>
/* Two numbers of 16 bits in each word: the sum of both products is added. `x` is spread over a vector. */
INLINE Vector multiply_add_pairs(const float *x, Vector b, Vector sum) {
  const Integers words = *(const int32_t *)x - (Integers){0};
  return (Vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)words, (__m512bh)b);
}
#else
INLINE Vector multiply_add_pairs(const float *x, Vector b, Vector sum) { return (void)x, (void)b, sum; }
#endif

typedef struct {
  int32_t rows, columns, depth;
  const float *a;        /* [rows, depth], or [depth, rows] where a_transposed */
  const float *b;        /* [depth, columns], or [columns, depth] where b_transposed */
  int32_t a_stride, b_stride;
  int32_t a_transposed, b_transposed;
  const float *bias;     /* [columns], or absent */
  const float *addend;   /* [rows, columns], or absent; may be out itself */
  int32_t addend_stride;
  float *out;            /* [rows, columns] */
  int32_t out_stride;
} Product;

typedef struct {
  int32_t depth;
  const float *a;
  ptrdiff_t a_stride;    /* between rows, or between steps of the depth where a's columns lie side by side */
  const float *b;
  ptrdiff_t b_stride;    /* between steps of the depth */
  const float *bias;     /* [PANEL], or absent */
  const float *addend;
  ptrdiff_t addend_stride;
  float *out;
  ptrdiff_t out_stride;
} Tile;

/* All but `t` are constants where this is called, so that every loop but the depth's unrolls. */
INLINE void tile(const int rows, const int vectors, const int columns_of_a, const int pairs, const Tile *t) {
  Vector sums[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) sums[i][j] = (Vector){0};
  const float *a = t->a, *b = t->b;
  for (int32_t k = 0; k < t->depth; k++) {
    Vector row_of_b[TILE_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) row_of_b[j] = load(b + j * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      const float *x = columns_of_a ? a + i : a + i * t->a_stride;
      UNROLL for (int j = 0; j < vectors; j++)
        sums[i][j] = pairs ? multiply_add_pairs(x, row_of_b[j], sums[i][j]) : multiply_add(splat(*x), row_of_b[j], sums[i][j]);
    }
    a += columns_of_a ? t->a_stride : 1;
    b += t->b_stride;
  }
  if (t->bias)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int j = 0; j < vectors; j++) sums[i][j] += load(t->bias + j * LANES);
  if (t->addend)
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int j = 0; j < vectors; j++) sums[i][j] += load(t->addend + i * t->addend_stride + j * LANES);
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) store(t->out + i * t->out_stride + j * LANES, sums[i][j]);
}

#define TILE_CASE(n) case n: if (columns_of_a) tile(n, VECTORS, 1, PAIRS, t); else tile(n, VECTORS, 0, PAIRS, t); break;
#if LANES == 16
#define TILE_CASES TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) \
  TILE_CASE(8) TILE_CASE(9) TILE_CASE(10) TILE_CASE(11) TILE_CASE(12)
#elif LANES == 8
#define TILE_CASES TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4) TILE_CASE(5) TILE_CASE(6)
#else
#define TILE_CASES TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#endif

typedef void TileFunction(int rows, int columns_of_a, const Tile *t);
#define VECTORS TILE_VECTORS
#define PAIRS 0
static void wide_tile(int rows, int columns_of_a, const Tile *t) { switch (rows) { TILE_CASES } }
#ifdef __AVX512BF16__
#undef PAIRS
#define PAIRS 1
static void tile_of_pairs(int rows, int columns_of_a, const Tile *t) { switch (rows) { TILE_CASES } }
#undef PAIRS
#define PAIRS 0
#endif
#undef VECTORS
#define VECTORS 1
static void narrow_tile(int rows, int columns_of_a, const Tile *t) { switch (rows) { TILE_CASES } }
#undef VECTORS

/* The vectors that `columns` columns need: a panel's width in words. */
INLINE int32_t panel_width(int32_t columns) { return columns <= LANES ? LANES : PANEL; }

/* Copies a panel of B, `[depth, columns]`, so that its rows lie side by side, each filled up with 0 to `width` words. */
static void pack_panel(const float *b, ptrdiff_t stride, int32_t depth, int32_t columns, int32_t width, float *to) {
  for (int32_t k = 0; k < depth; k++, b += stride, to += width) {
    int32_t lanes = columns;
    for (int32_t j = 0; j < width; j += LANES, lanes -= LANES) store(to + j, load_some(b + j, lanes, 0));
  }
}

typedef Four UnalignedFour __attribute__((aligned(4)));

/* The same from B transposed, `[columns, depth]`, to rows `to_stride` apart: squares of 4 x 4 are turned in registers. */
static void pack_transposed(const float *b, ptrdiff_t stride, int32_t depth, int32_t columns, int32_t width, float *to,
                            ptrdiff_t to_stride) {
  int32_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const float *from = b + j * stride;
    int32_t k = 0;
    for (; k + 4 <= depth; k += 4) {
      Four r0 = *(const UnalignedFour *)(from + k), r1 = *(const UnalignedFour *)(from + stride + k);
      Four r2 = *(const UnalignedFour *)(from + 2 * stride + k), r3 = *(const UnalignedFour *)(from + 3 * stride + k);
      Four low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
      Four low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5), high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
      float *d = to + k * to_stride + j;
      *(UnalignedFour *)d = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      *(UnalignedFour *)(d + to_stride) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      *(UnalignedFour *)(d + 2 * to_stride) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      *(UnalignedFour *)(d + 3 * to_stride) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    for (; k < depth; k++)
      for (int q = 0; q < 4; q++) to[k * to_stride + j + q] = from[q * stride + k];
  }
  for (; j < width; j++)
    for (int32_t k = 0; k < depth; k++) to[k * to_stride + j] = j < columns ? b[j * stride + k] : 0;
}

/* A tile at the right edge: computed at full width beside the matrix, then cut. */
static void edge_tile(TileFunction *compute, int rows, int32_t columns, int columns_of_a, const Tile *t) {
  float whole[TILE_ROWS * PANEL];
  Tile full = *t;
  full.bias = 0, full.addend = 0, full.out = whole, full.out_stride = PANEL;
  compute(rows, columns_of_a, &full);
  for (int i = 0; i < rows; i++) {
    for (int32_t j = 0; j < columns; j++) {
      float sum = whole[i * PANEL + j];
      if (t->bias) sum += t->bias[j];
      if (t->addend) sum += t->addend[i * t->addend_stride + j];
      t->out[i * t->out_stride + j] = sum;
    }
  }
}

/*
 * One block: rows `row .. row + rows`, whose part of A begins at `a`, all of a column block, one depth block whose B has
 * been packed.
 */
static void block(const Product *p, const float *a, int32_t row, int32_t rows, int32_t column, int32_t columns, int32_t k,
                  int32_t depth, const float *packed, int direct, TileFunction *wide, TileFunction *narrow) {
  const int columns_of_a = p->a_transposed;
  const ptrdiff_t tile_stride = columns_of_a ? 1 : p->a_stride; /* between rows */
  for (int32_t j = 0; j < columns; j += PANEL) {
    int32_t left = columns - j < PANEL ? columns - j : PANEL;
    int32_t width = narrow ? panel_width(left) : PANEL;
    int in_place = direct && left == width;
    Tile t = {.depth = depth, .a_stride = p->a_stride, .out_stride = p->out_stride};
    t.b = in_place ? p->b + (ptrdiff_t)k * p->b_stride + column + j : packed + (ptrdiff_t)j * depth;
    t.b_stride = in_place ? p->b_stride : width;
    t.bias = p->bias && k == 0 ? p->bias + column + j : 0;
    TileFunction *compute = width == PANEL ? wide : narrow;
    for (int32_t i = 0; i < rows; i += TILE_ROWS) {
      int32_t tall = rows - i < TILE_ROWS ? rows - i : TILE_ROWS;
      t.a = a + i * tile_stride;
      t.out = p->out + (ptrdiff_t)(row + i) * p->out_stride + column + j;
      if (k > 0) {
        t.addend = t.out, t.addend_stride = p->out_stride;
      } else if (p->addend) {
        t.addend = p->addend + (ptrdiff_t)(row + i) * p->addend_stride + column + j;
        t.addend_stride = p->addend_stride;
      }
      if (left != width) edge_tile(compute, tall, left, columns_of_a, &t);
      else compute(tall, columns_of_a, &t);
    }
  }
}

/*
 * A B^T for few rows is taken as dot products: packing B would cost as much as the product itself. Four columns are summed
 * side by side, so that the lanes of all four are added up at once.
 */
static void dot_products(const Product *p) {
  for (int32_t j = 0; j < p->columns; j += 4) {
    const int32_t columns = p->columns - j < 4 ? p->columns - j : 4;
    const float *b[4];
    UNROLL for (int q = 0; q < 4; q++) b[q] = p->b + (ptrdiff_t)(j + (q < columns ? q : 0)) * p->b_stride;
    for (int32_t i = 0; i < p->rows; i++) {
      const float *a = p->a + (ptrdiff_t)i * p->a_stride;
      Vector sums[4] = {0};
      EACH_VECTOR(k, p->depth) {
        const Vector x = load_some(a + k, lanes, 0);
        UNROLL for (int q = 0; q < 4; q++) sums[q] = multiply_add(x, load_some(b[q] + k, lanes, 0), sums[q]);
      }
      float *out = p->out + (ptrdiff_t)i * p->out_stride + j;
      const float *addend = p->addend ? p->addend + (ptrdiff_t)i * p->addend_stride + j : 0;
      const float all[4] = {sum_lanes(sums[0]), sum_lanes(sums[1]), sum_lanes(sums[2]), sum_lanes(sums[3])};
      for (int32_t q = 0; q < columns; q++) out[q] = all[q] + (p->bias ? p->bias[j + q] : 0) + (addend ? addend[q] : 0);
    }
  }
}

/*
 * A few rows times B, as in decoding. B is used so few times that what counts is that it is read in the order in which it
 * lies: some of its rows at once, the sums waiting in a cache. `columns` are whole vectors.
 */
enum { ROWS_AT_ONCE = LANES == 4 ? 4 : 8, WAITING_SUMS = 8192 };
INLINE void add_rows(const Product *p, const int rows, int32_t columns, int32_t k, const int depth, float *sums) {
  const float *b = p->b + (ptrdiff_t)k * p->b_stride;
  Vector only[ROWS_AT_ONCE]; /* numbers of A, where there is but one row of it */
  UNROLL for (int q = 0; q < depth; q++) only[q] = splat(p->a[k + q]);
  const float *from = p->a + k;
  ptrdiff_t a_stride = p->a_stride;
  /* Rows of A that lie a large power of two apart would push each other out of the first cache: they are laid side by side. */
  float part_of_a[FEW_ROWS * ROWS_AT_ONCE];
  if (rows > 8 && a_stride % 512 == 0) {
    for (int32_t i = 0; i < rows; i++)
      UNROLL for (int q = 0; q < depth; q++) part_of_a[i * ROWS_AT_ONCE + q] = from[i * a_stride + q];
    from = part_of_a, a_stride = ROWS_AT_ONCE;
  }
  for (int32_t j = 0; j < columns; j += PANEL) {
    Vector rows_of_b[ROWS_AT_ONCE][TILE_VECTORS];
    UNROLL for (int q = 0; q < depth; q++)
      UNROLL for (int v = 0; v < TILE_VECTORS; v++) rows_of_b[q][v] = load(b + q * (ptrdiff_t)p->b_stride + j + v * LANES);
    for (int32_t i = 0; i < rows; i++) {
      const float *a = from + i * a_stride;
      float *waiting = sums + (ptrdiff_t)j * rows + i * PANEL;
      Vector sum[TILE_VECTORS];
      UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[v] = k == 0 ? (Vector){0} : load(waiting + v * LANES);
      UNROLL for (int q = 0; q < depth; q++) {
        const Vector x = rows == 1 ? only[q] : splat(a[q]);
        UNROLL for (int v = 0; v < TILE_VECTORS; v++) sum[v] = multiply_add(x, rows_of_b[q][v], sum[v]);
      }
      UNROLL for (int v = 0; v < TILE_VECTORS; v++) store(waiting + v * LANES, sum[v]);
    }
  }
}
static void multiply_few_rows(const Product *p, int32_t columns, float *sums) {
  int32_t k = 0;
  for (; k + ROWS_AT_ONCE <= p->depth; k += ROWS_AT_ONCE) {
    if (p->rows == 1) add_rows(p, 1, columns, k, ROWS_AT_ONCE, sums);
    else add_rows(p, p->rows, columns, k, ROWS_AT_ONCE, sums);
  }
  for (; k < p->depth; k++) add_rows(p, p->rows, columns, k, 1, sums);
  for (int32_t i = 0; i < p->rows; i++) {
    float *out = p->out + (ptrdiff_t)i * p->out_stride;
    const float *addend = p->addend ? p->addend + (ptrdiff_t)i * p->addend_stride : 0;
    for (int32_t j = 0; j < columns; j += LANES) {
      Vector sum = load(sums + (ptrdiff_t)(j & -PANEL) * p->rows + i * PANEL + (j & (PANEL - 1)));
      if (p->bias) sum += load(p->bias + j);
      if (addend) sum += load(addend + j);
      store(out + j, sum);
    }
  }
}

static void multiply_blocks(const Product *p, float *packed_b) {
  for (int32_t k = 0; k < p->depth; k += DEPTH_BLOCK) {
    int32_t depth = p->depth - k < DEPTH_BLOCK ? p->depth - k : DEPTH_BLOCK;
    int direct = !p->b_transposed && (depth <= SHALLOW || p->rows <= ROW_BLOCK);
    for (int32_t column = 0; column < p->columns; column += COLUMN_BLOCK) {
      int32_t columns = p->columns - column < COLUMN_BLOCK ? p->columns - column : COLUMN_BLOCK;
      for (int32_t j = 0; j < columns; j += PANEL) {
        int32_t left = columns - j < PANEL ? columns - j : PANEL;
        int32_t width = panel_width(left);
        float *to = packed_b + (ptrdiff_t)j * depth;
        if (p->b_transposed)
          pack_transposed(p->b + (ptrdiff_t)(column + j) * p->b_stride + k, p->b_stride, depth, left, width, to, width);
        else if (!direct || left != width)
          pack_panel(p->b + (ptrdiff_t)k * p->b_stride + column + j, p->b_stride, depth, left, width, to);
      }
      for (int32_t row = 0; row < p->rows; row += ROW_BLOCK) {
        int32_t rows = p->rows - row < ROW_BLOCK ? p->rows - row : ROW_BLOCK;
        const float *a = p->a_transposed ? p->a + k * (ptrdiff_t)p->a_stride + row : p->a + row * (ptrdiff_t)p->a_stride + k;
        block(p, a, row, rows, column, columns, k, depth, packed_b, direct, wide_tile, narrow_tile);
      }
    }
  }
}

#ifdef __AVX512BF16__
/* Rows 2k and 2k + 1 as pairs of bf16, rounded to the nearest: `[depth / 2, width]` words, filled up with 0. */
static void pair_rows(const float *from, ptrdiff_t stride, int32_t depth, int32_t columns, int32_t width, float *to) {
  for (int32_t k = 0; k < depth; k += 2, from += 2 * stride, to += width) {
    for (int32_t j = 0; j < width; j += LANES) {
      const Vector first = load_some(from + j, columns - j, 0);
      const Vector second = k + 1 < depth ? load_some(from + stride + j, columns - j, 0) : (Vector){0};
      const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)first));
      const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)second));
      store(to + j, (Vector)_mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

/* Numbers 2k and 2k + 1 of each row as pairs: `[rows, width]` words, filled up with 0 to whole vectors. */
static void pair_columns(const float *from, ptrdiff_t stride, int32_t rows, int32_t depth, int32_t width, float *to) {
  for (int32_t i = 0; i < rows; i++, from += stride, to += width) {
    for (int32_t k = 0; k < 2 * width; k += 2 * LANES) {
      const Vector low = load_some(from + k, depth - k, 0), high = load_some(from + k + LANES, depth - k - LANES, 0);
      store(to + k / 2, (Vector)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low));
    }
  }
}

/* The product of both matrices rounded to bf16, with sums in f32. Blocks are as deep in words, of two numbers each. */
static void multiply_pairs(const Product *p, float *packed_b) {
  float *packed_a = packed_b + B_WORDS, *turned = packed_a + ROW_BLOCK * DEPTH_BLOCK;
  for (int32_t k = 0; k < p->depth; k += 2 * DEPTH_BLOCK) {
    const int32_t depth = p->depth - k < 2 * DEPTH_BLOCK ? p->depth - k : 2 * DEPTH_BLOCK;
    const int32_t words = (depth + 1) / 2, padded = (words + LANES - 1) & -LANES;
    for (int32_t column = 0; column < p->columns; column += COLUMN_BLOCK) {
      const int32_t columns = p->columns - column < COLUMN_BLOCK ? p->columns - column : COLUMN_BLOCK;
      for (int32_t j = 0; j < columns; j += PANEL) {
        const int32_t left = columns - j < PANEL ? columns - j : PANEL;
        float *to = packed_b + (ptrdiff_t)j * words;
        if (p->b_transposed) {
          pair_columns(p->b + (ptrdiff_t)(column + j) * p->b_stride + k, p->b_stride, left, depth, padded, turned);
          pack_transposed(turned, padded, words, left, PANEL, to, PANEL);
        } else {
          pair_rows(p->b + (ptrdiff_t)k * p->b_stride + column + j, p->b_stride, depth, left, PANEL, to);
        }
      }
      for (int32_t row = 0; row < p->rows; row += ROW_BLOCK) {
        const int32_t rows = p->rows - row < ROW_BLOCK ? p->rows - row : ROW_BLOCK;
        Product pairs = *p;
        if (p->a_transposed) {
          pairs.a_stride = (rows + LANES - 1) & -LANES;
          pair_rows(p->a + k * (ptrdiff_t)p->a_stride + row, p->a_stride, depth, rows, pairs.a_stride, packed_a);
        } else {
          pairs.a_stride = padded;
          pair_columns(p->a + row * (ptrdiff_t)p->a_stride + k, p->a_stride, rows, depth, padded, packed_a);
        }
        block(&pairs, packed_a, row, rows, column, columns, k, words, packed_b, 0, tile_of_pairs, 0);
      }
    }
  }
}
#endif

/*
 * A product that is symmetric, or would be if it were exact: blocks of rows up to the diagonal, and what is right of it by
 * reflection.
 */
enum { REFLECTED_ROWS = 32 };
static void multiply_symmetric(const Product *all, float *scratch) {
  for (int32_t row = 0; row < all->rows; row += REFLECTED_ROWS) {
    Product p = *all;
    if ((p.rows -= row) > REFLECTED_ROWS) p.rows = REFLECTED_ROWS;
    p.columns = row + p.rows;
    p.a += row * (ptrdiff_t)(p.a_transposed ? 1 : p.a_stride);
    p.out += row * (ptrdiff_t)p.out_stride;
    multiply_blocks(&p, scratch);
    pack_transposed(p.out, p.out_stride, row, p.rows, p.rows, all->out + row, p.out_stride);
  }
}

/* How a product is summed. That is of the whole product: it may not depend on a thread's share. */
typedef enum { BY_BLOCKS, BY_DOTS, BY_FEW_ROWS, BY_PAIRS } Method;
INLINE Method method_of(const Product *p) {
  const int row_lies_together = !p->a_transposed || (p->rows == 1 && p->a_stride == 1);
  if (p->rows > FEW_ROWS || !row_lies_together) return BY_BLOCKS;
  if (p->b_transposed) return p->rows <= 2 || p->depth >= 8 * LANES ? BY_DOTS : BY_BLOCKS;
  const int is_large = p->columns * (int64_t)p->depth > LARGE; /* to stay in a cache near the processor */
  return p->columns >= PANEL && (p->rows <= 4 || is_large) ? BY_FEW_ROWS : BY_BLOCKS;
}

/* The product of columns `from` on. */
static Product columns_from(const Product *p, int32_t from, int32_t columns) {
  Product part = *p;
  part.columns = columns, part.b += from * (ptrdiff_t)(p->b_transposed ? p->b_stride : 1), part.out += from;
  if (p->bias) part.bias += from;
  if (p->addend) part.addend += from;
  return part;
}

static void multiply_by(Method method, const Product *p, float *scratch) {
  if (method == BY_DOTS) return dot_products(p);
  if (method == BY_BLOCKS) return multiply_blocks(p, scratch);
#ifdef __AVX512BF16__
  if (method == BY_PAIRS) return multiply_pairs(p, scratch);
#endif
  const int32_t whole = p->columns & -PANEL, most = WAITING_SUMS / p->rows & -PANEL;
  for (int32_t j = 0; j < whole; j += most) {
    const Product part = columns_from(p, j, whole - j < most ? whole - j : most);
    multiply_few_rows(&part, part.columns, scratch);
  }
  const Product rest = columns_from(p, whole, p->columns - whole);
  multiply_blocks(&rest, scratch);
}

static void multiply_matrices(const Product *p, float *scratch) { multiply_by(method_of(p), p, scratch); }

/* What the thread with the most has to do when `count` rows or columns are shared out in grains, as a part of all. */
INLINE float largest_share(const Run *run, int32_t count, int32_t grain) {
  const int32_t grains = (count + grain - 1) / grain;
  const int32_t most = (grains + run->threads - 1) / run->threads * grain;
  return most < count ? (float)most / count : 1;
}

/*
 * Leaves this thread's share of a product: some of its rows, or of its columns where those can be shared more evenly. Where
 * rows are positions of a text, other kernels share them out too: a thread finds in its cache what it left there.
 */
static void take_share(Product *p, Method method, const Run *run) {
  if (run->threads == 1) return;
  const float by_rows = largest_share(run, p->rows, TILE_ROWS), by_columns = largest_share(run, p->columns, PANEL);
  const float bonus = p->a_transposed ? 0 : 0.1f;
  if (method != BY_DOTS && by_rows <= by_columns + bonus) {
    const Share own = share_of(run, p->rows, TILE_ROWS);
    p->rows = own.to - own.from;
    p->a += own.from * (ptrdiff_t)(p->a_transposed ? 1 : p->a_stride);
    p->out += own.from * (ptrdiff_t)p->out_stride;
    if (p->addend) p->addend += own.from * (ptrdiff_t)p->addend_stride;
  } else {
    const Share own = share_of(run, p->columns, PANEL);
    *p = columns_from(p, own.from, own.to - own.from);
  }
}

static void matmul(const Matmul *a, const Run *run) {
  Product p = {
    .rows = a->rows, .columns = a->columns, .depth = a->depth,
    .a = at(run, a->a), .a_transposed = a->transpose_a, .a_stride = a->transpose_a ? a->rows : a->depth,
    .b = at(run, a->b), .b_transposed = a->transpose_b, .b_stride = a->transpose_b ? a->depth : a->columns,
    .bias = at(run, a->bias),
    .addend = at(run, a->addend), .addend_stride = a->columns,
    .out = at(run, a->out), .out_stride = a->columns,
  };
#ifdef __AVX512BF16__
  const Method method = a->bf16 ? BY_PAIRS : method_of(&p);
#else
  const Method method = method_of(&p); /* hosts refuse programs with bf16 here */
#endif
  take_share(&p, method, run);
  multiply_by(method, &p, run->scratch);
}
