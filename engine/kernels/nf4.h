/* What the instruction sets' files and the dispatch share. Nothing here is public: Python sees `library.c` alone.
 *
 * NF4 as bitsandbytes stores it: blocks of 64 weights along a row, two codes a byte, the first in the high half, and
 * one float32 a block, `absmax`; a weight is codes[code] * absmax.
 *
 * The fast paths multiply in whole numbers: codes as 16-bit integers of scale 2^14, activations as 16-bit integers up to
 * NF4_ACTIVATION_MAX with one scale for each block of 64. A 32-bit lane then adds eight products, which stay below 2^31.
 */
#ifndef NF4_H
#define NF4_H

#include <stddef.h>
#include <stdint.h>

#define NF4_BLOCK 64
#define NF4_BLOCK_BYTES 32
#define NF4_CODE_SCALE 16384
#define NF4_ACTIVATION_MAX 16383
/* Blocks whose activations are all smaller count as zero: their inverse scale would overflow. */
#define NF4_TINY 0x1p-100f

/* Weight rows [N, K] by prepared activations [M, K].
 *
 * Rows of activations go in groups of `rows`, the last one smaller. In a group the rows alternate every `unit` weights,
 * so that a pass reads one stream: unit by unit, row by row. See nf4_values and nf4_group_rows.
 */
typedef struct {
    int64_t m, n, k;
    const uint8_t *packed; /* [N, K/2] */
    const float *absmax;   /* [N, K/64] */
    const int16_t *values; /* whole groups one after the other, K padded with zeros to a multiple of `unit` */
    const float *scales;   /* [M, scales_stride], the first K/64 used */
    int64_t padded_k, scales_stride;
    void *out;   /* [M, N] */
    int is_bf16; /* of out */
} Nf4Product;

/* One instruction set. */
typedef struct {
    const char *name;
    int (*is_supported)(void);
    int64_t rows, unit;
    /* One row of activations: every unit of K to `values`, the next one `stride` further on; a scale for each block. */
    void (*prepare)(const float *x, int64_t k, int16_t *values, int64_t stride, float *scales);
    void (*multiply)(const Nf4Product *product, int64_t first, int64_t last); /* weight rows first..last-1 */
    void (*unpack)(const uint8_t *packed, const float *absmax, int64_t blocks, void *out, int is_bf16);
} Nf4Path;

/* How many rows the group has in which a row of activations stands. */
static inline int64_t nf4_group_rows(int64_t m, int64_t row, int64_t rows)
{
    int64_t first = row / rows * rows;
    return m - first < rows ? m - first : rows;
}

extern const float nf4_codes[16];       /* bitsandbytes' */
extern const int16_t nf4_code_words[16]; /* codes * 2^14, rounded */

/* The scale of 64 activations, 2^14 of the codes included, and its inverse for quantizing: 0 where all count as zero.
 * A block that holds NaN or an infinity has scale NaN, which makes every product with it NaN. */
float nf4_activation_scale(const float *x, float *inverse);

extern const Nf4Path nf4_portable;
#if defined(__x86_64__)
extern const Nf4Path nf4_avx2, nf4_avx512, nf4_avx512_bf16;
#endif

static inline float nf4_from_bf16(uint16_t bits)
{
    union { uint32_t u; float f; } value = {.u = (uint32_t)bits << 16};
    return value.f;
}

/* Rounds to nearest, ties to even; what is not a number stays so. */
static inline uint16_t nf4_to_bf16(float number)
{
    union { float f; uint32_t u; } value = {.f = number};
    if ((value.u & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(value.u >> 16 | 0x40u);
    return (uint16_t)((value.u + 0x7fffu + (value.u >> 16 & 1u)) >> 16);
}

static inline void nf4_store(const Nf4Product *product, int64_t row, int64_t column, float value)
{
    int64_t at = row * product->n + column;
    if (product->is_bf16)
        ((uint16_t *)product->out)[at] = nf4_to_bf16(value);
    else
        ((float *)product->out)[at] = value;
}

#endif
